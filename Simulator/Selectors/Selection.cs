using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Selectors;

/// <summary>Which objects of a resource a list or watch is about.</summary>
/// <param name="Namespace">Only this namespace; empty for all.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Fields">Their fields.</param>
internal sealed record Selection(string Namespace, LabelSelector Labels, FieldSelector Fields)
{
    /// <summary>Whether objects are chosen by more than their namespace.</summary>
    public bool IsFiltered => !Labels.IsEmpty || !Fields.IsEmpty;

    public bool InScope(StoredObject candidate) => Namespace.Length == 0 || candidate.Namespace == Namespace;

    public bool Matches(StoredObject candidate) =>
        InScope(candidate) && (Labels.IsEmpty || Labels.Matches(candidate.Labels)) && (Fields.IsEmpty || Fields.Matches(candidate));
}
