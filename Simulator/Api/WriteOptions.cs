using System.Globalization;
using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Api;

/// <summary>How an object is to be deleted.</summary>
/// <param name="GracePeriodSeconds">For pods: how long they may take; null for what their spec says.</param>
/// <param name="Uid">Only if it has this uid.</param>
/// <param name="ResourceVersion">Only in this version.</param>
/// <param name="Propagation">What becomes of the objects that it owns: Background, Foreground or Orphan.</param>
/// <param name="DryRun">Whether only to check.</param>
internal sealed record DeleteOptions(
    long? GracePeriodSeconds = null, string? Uid = null, string? ResourceVersion = null, string Propagation = "Background", bool DryRun = false)
{
    /// <exception cref="ApiException">The body is not that of a deletion.</exception>
    public static DeleteOptions Parse(Json? body)
    {
        if (body is null or JsonNothing)
        {
            return new DeleteOptions();
        }

        var kind = body["kind"]?.Text;
        if (body is not JsonMap || (kind is not null && kind != "DeleteOptions"))
        {
            throw ApiException.BadRequest("the body of a deletion must be DeleteOptions");
        }

        var propagation = body["propagationPolicy"]?.Text ?? (body["orphanDependents"] is JsonTruth { Value: true } ? "Orphan" : "Background");
        return propagation is "Background" or "Foreground" or "Orphan"
            ? new DeleteOptions(
                body["gracePeriodSeconds"] is JsonNumber grace ? long.Parse(grace.Digits, CultureInfo.InvariantCulture) : null,
                body.At("preconditions", "uid")?.Text,
                body.At("preconditions", "resourceVersion")?.Text,
                propagation,
                body["dryRun"] is JsonList { Items.Count: > 0 })
            : throw ApiException.Invalid("", "DeleteOptions", "", FieldFault.NotSupported("propagationPolicy", propagation, "Background", "Foreground", "Orphan"));
    }
}
