namespace MetaCollector.Gateway.Rendering;

/// <summary>Why an event is sent. The names are those of the wire.</summary>
public enum EventReason : byte
{
    /// <summary>The resource became related to the node.</summary>
    Create,

    /// <summary>A field that was sent has changed.</summary>
    Update,

    /// <summary>The resource is no longer related to the node.</summary>
    Delete,
}
