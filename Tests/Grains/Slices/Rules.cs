using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>The rules of a conversation, as they are: a mutation breaks one of them.</summary>
internal class Rules
{
    /// <summary>Whether what was sent once is not sent again, though nobody answered.</summary>
    public virtual bool Forgets => false;

    /// <summary>Whether a gateway takes a namespace for gone of which a complete node holds nothing.</summary>
    public virtual bool DropsUnheld => false;

    /// <summary>What a consumer that holds <paramref name="held"/> makes of a message.</summary>
    public virtual Batch<T> OnArrival<T>(Batch<T> batch, Position held) => batch;

    /// <summary>Whether the leader notes that something changed.</summary>
    public virtual bool IsMarked(ResourceChange change) => true;
}
