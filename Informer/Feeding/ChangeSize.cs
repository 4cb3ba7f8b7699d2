using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Feeding;

/// <summary>Estimates how much of a message a change takes.</summary>
internal static class ChangeSize
{
    private const int Fixed = 96;

    /// <summary>The estimate in bytes; label sets that a message shares are counted each time, so it errs on the large side.</summary>
    public static int Of(ResourceChange change)
    {
        if (change.Resource is not { } resource) return Fixed;
        var size = Fixed + resource.Name.Length + (resource.GenerateName?.Length ?? 0) + Of(resource.Labels);
        return resource switch
        {
            Pod pod => size + pod.Node.Length + (pod.Ip?.Length ?? 0),
            Service service => size + Of(service.Selector),
            EndpointSlice slice => size + slice.Targets.Count * (Fixed / 2),
            _ => size,
        };
    }

    private static int Of(LabelSet labels) => labels.TextLength + 4 * labels.Count;
}
