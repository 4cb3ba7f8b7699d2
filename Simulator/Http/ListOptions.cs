using System.Globalization;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Selectors;

namespace MetaCollector.Simulator.Http;

/// <summary>The query of a list or watch.</summary>
internal sealed record ListOptions
{
    public required Selection Selection { get; init; }

    public bool Watch { get; init; }

    public bool AllowWatchBookmarks { get; init; }

    public string ResourceVersion { get; init; } = "";

    public string ResourceVersionMatch { get; init; } = "";

    public bool? SendInitialEvents { get; init; }

    public long? TimeoutSeconds { get; init; }

    public long Limit { get; init; }

    public string Continue { get; init; } = "";

    /// <summary>The revision that is asked for; 0 for any or unset.</summary>
    public long Revision { get; private init; }

    /// <summary>Reads and checks a query by the rules of the real server.</summary>
    /// <param name="query">The query.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="watchLists">How streaming lists are answered.</param>
    /// <exception cref="ApiException">It is malformed (400) or contradicts itself (422).</exception>
    public static ListOptions Parse(IQueryCollection query, RequestTarget target, StreamingLists watchLists)
    {
        var fields = FieldSelector.Parse(target.Type, query["fieldSelector"].ToString());
        var options = new ListOptions
        {
            Selection = new Selection(target.Namespace, LabelSelector.Parse(query["labelSelector"].ToString()), fields),
            Watch = Truth(query, "watch") ?? false,
            AllowWatchBookmarks = Truth(query, "allowWatchBookmarks") ?? false,
            ResourceVersion = query["resourceVersion"].ToString(),
            ResourceVersionMatch = query["resourceVersionMatch"].ToString(),
            SendInitialEvents = watchLists == StreamingLists.Ignored ? null : Truth(query, "sendInitialEvents"),
            TimeoutSeconds = Number(query, "timeoutSeconds"),
            Limit = Number(query, "limit") ?? 0,
            Continue = query["continue"].ToString(),
        };
        if (watchLists == StreamingLists.Ignored && options.Watch)
        {
            options = options with { ResourceVersionMatch = "" };
        }

        options = options with { Revision = RevisionOf(options.ResourceVersion) };
        var legacy = options.ResourceVersion is "" or "0";
        if (options.Watch && legacy && watchLists == StreamingLists.Served
            && options.SendInitialEvents is null && options.ResourceVersionMatch.Length == 0)
        {
            options = options with { SendInitialEvents = true, ResourceVersionMatch = "NotOlderThan" };
        }

        options.Check(watchLists is StreamingLists.Served or StreamingLists.Failing);
        if (options.SendInitialEvents == true && watchLists == StreamingLists.Failing)
        {
            throw ApiException.NoWatchProgress();
        }

        return options;
    }

    public static long RevisionOf(string text) =>
        text.Length == 0 ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision
        : throw ApiException.BadRequest(
            $"invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    private void Check(bool watchLists)
    {
        var faults = new List<FieldFault>();
        var match = ResourceVersionMatch;
        if (Watch)
        {
            CheckWatch(faults, watchLists);
        }
        else
        {
            if (match.Length > 0)
            {
                if (ResourceVersion.Length == 0)
                {
                    faults.Add(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
                }

                if (Continue.Length > 0)
                {
                    faults.Add(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
                }

                if (match is not ("Exact" or "NotOlderThan"))
                {
                    faults.Add(FieldFault.NotSupported("resourceVersionMatch", match, "Exact", "NotOlderThan", ""));
                }

                if (match == "Exact" && ResourceVersion == "0")
                {
                    faults.Add(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
                }
            }

            if (SendInitialEvents is not null)
            {
                faults.Add(FieldFault.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
            }
        }

        if (faults.Count > 0)
        {
            throw ApiException.Invalid("meta.k8s.io", "ListOptions", "", faults);
        }

        if (Continue.Length > 0 && ResourceVersion is not ("" or "0"))
        {
            throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
        }
    }

    private void CheckWatch(List<FieldFault> faults, bool watchLists)
    {
        const string Only = "NotOlderThan";
        if (SendInitialEvents is not null)
        {
            if (ResourceVersionMatch != Only)
            {
                faults.Add(FieldFault.Forbidden("resourceVersionMatch", $"sendInitialEvents requires setting resourceVersionMatch to {Only}"));
            }

            if (!watchLists)
            {
                faults.Add(FieldFault.Forbidden(
                    "sendInitialEvents", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"));
            }
        }

        if (ResourceVersionMatch.Length == 0)
        {
            return;
        }

        if (SendInitialEvents is null)
        {
            faults.Add(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }

        if (ResourceVersionMatch != Only)
        {
            faults.Add(FieldFault.NotSupported("resourceVersionMatch", ResourceVersionMatch, Only));
        }

        if (Continue.Length > 0)
        {
            faults.Add(FieldFault.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
        }
    }

    private static bool? Truth(IQueryCollection query, string name) =>
        query.TryGetValue(name, out var value) ? value.ToString() is not ("false" or "0") : null;

    private static long? Number(IQueryCollection query, string name) =>
        !query.TryGetValue(name, out var value) || value.ToString().Length == 0 ? null
        : long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw ApiException.BadRequest($"strconv.ParseInt: parsing \"{value}\": invalid syntax");
}
