using System.Collections.Frozen;
using System.Collections.Immutable;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Storage;

/// <summary>The state of the whole store at one revision.</summary>
internal sealed record StoreSnapshot(long Revision, FrozenDictionary<ResourceType, ImmutableSortedDictionary<string, StoredObject>> Objects);
