using System.Text.Json;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Clustering.Kubernetes.Membership;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>
/// Declares silos dead whose pods are gone: faster and surer than probes, which need votes, and the only way where all other silos are dead and none can
/// vote.
/// </summary>
/// <remarks>
/// A joining silo must reach every Active silo before it may join. So, before Orleans first reads the table, this class declares dead all silos whose pods
/// are gone. From then on it watches the pods of the selector, and lists them again whenever the watch breaks. Without a selector it lists the pods of the
/// rows every ten seconds, each by its name, since a namespace may hold thousands of others.
/// </remarks>
internal sealed partial class PodDeathWatcher : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan HealthyWatch = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepTimeout = TimeSpan.FromSeconds(10);

    private const int PageSize = 100;

    // The server leaves out pods that have ended; a watch reports the end of a pod as DELETED.
    private const string NotOver = "status.phase!=Succeeded,status.phase!=Failed";
    private const string OneAccepted = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string ManyAccepted = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private readonly ApiConnection _api;
    private readonly KubernetesMembershipTable _table;
    private readonly KubernetesClusteringOptions _options;
    private readonly Func<IClusterMembershipService> _membership;
    private readonly ILocalSiloDetails _local;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public PodDeathWatcher(
        ApiConnection api, KubernetesMembershipTable table, IOptions<KubernetesClusteringOptions> options, Func<IClusterMembershipService> membership,
        ILocalSiloDetails local, TimeProvider time, ILogger<PodDeathWatcher> log) =>
        (_api, _table, _options, _membership, _local, _time, _log) = (api, table, options.Value, membership, local, time, log);

    // The path to list or watch pods: those of the selector, or the one with a name.
    private string Path(string? name, params ReadOnlySpan<string> parameters)
    {
        var selector = name is null
            ? $"labelSelector={Uri.EscapeDataString(_options.PodSelector!)}&fieldSelector={Uri.EscapeDataString(NotOver)}"
            : $"fieldSelector={Uri.EscapeDataString($"metadata.name={name},{NotOver}")}";
        return $"api/v1/namespaces/{_options.Namespace}/pods?{selector}&{string.Join('&', parameters)}";
    }

    public void Participate(ISiloLifecycle lifecycle)
    {
        if (!_options.KnowsPod) return;
        // Orleans' membership first reads the table at RuntimeGrainServices, and joins after it.
        lifecycle.Subscribe(nameof(PodDeathWatcher), ServiceLifecycleStage.RuntimeGrainServices - 1, SweepAsync);
        lifecycle.Subscribe(
            nameof(PodDeathWatcher),
            ServiceLifecycleStage.AfterRuntimeGrainServices,
            _ =>
            {
                _watching = Task.Run(WatchAsync, CancellationToken.None);
                return Task.CompletedTask;
            },
            _ => StopAsync());
        // A stopping silo declares no silo dead. The last stage is the first to stop.
        lifecycle.Subscribe(nameof(PodDeathWatcher), ServiceLifecycleStage.Last, _ => Task.CompletedTask, _ => StopAsync());
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Declares dead, in the table itself, the silos whose pods are gone. A failure does not stop the start.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await _table.InitializeMembershipTableAsync(true, cancellation);
            deadline.CancelAfter(SweepTimeout);
            var rows = await ReadRowsAsync(deadline.Token);
            if (!rows.Any(row => row.IsLive)) return;
            var (pods, _) = await ListAsync(rows, deadline.Token);
            if (Judge(rows, pods) is not { Count: > 0 } gone) return;
            await _table.DeclareDeadAsync(gone, _local.SiloAddress, deadline.Token);
            Log.SweptDead(_log, gone.Count, string.Join(", ", gone));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            Log.CannotSweep(_log, e, _options.Namespace);
        }
    }

    internal async Task WatchAsync()
    {
        var pause = Pause;
        string? version = null;
        while (!_stop.IsCancellationRequested)
        {
            var began = _time.GetTimestamp();
            try
            {
                version ??= await LookAsync();
                version = await FollowAsync(version);
                if (_time.GetElapsedTime(began) >= HealthyWatch)
                {
                    pause = Pause;
                    continue;
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.WatchFailed(_log, e, _options.Namespace, pause);
                version = null;
            }

            // Pauses also after a watch that ended at once, as behind a proxy that allows none.
            await Task.Delay(pause * (1 - (Random.Shared.NextDouble() / 4)), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<string> LookAsync()
    {
        // The rows first: see PodVerdict.Gone.
        var rows = await ReadRowsAsync(_stop.Token);
        var (pods, version) = await ListAsync(rows, _stop.Token);
        await KillAsync(Judge(rows, pods) ?? new HashSet<string>());
        return version;
    }

    // The resourceVersion to watch from; null where the pods have to be listed.
    private async Task<string?> FollowAsync(string version)
    {
        if (string.IsNullOrEmpty(_options.PodSelector))
        {
            await Task.Delay(BetweenLooks, _time, _stop.Token);
            return null;
        }

        // The server ends a watch after its timeout; a watch that goes on longer is dead.
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        silent.CancelAfter(WatchTimeout + TimeSpan.FromSeconds(30));
        var path = Path(null, "watch=true", $"resourceVersion={version}", "allowWatchBookmarks=true", $"timeoutSeconds={(int)WatchTimeout.TotalSeconds}");
        var request = new ApiRequest(HttpMethod.Get, path, "watch", "pods") { Accept = OneAccepted };
        using var response = await _api.SendAsync(request, silent.Token);
        if (!response.IsSuccessStatusCode) throw await ApiException.FromAsync(response, silent.Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(silent.Token));
        while (await lines.ReadLineAsync(silent.Token) is { } line)
        {
            using var watched = JsonDocument.Parse(line);
            var type = watched.RootElement.GetProperty("type").GetString();
            if (type == "ERROR") return null;
            var item = watched.RootElement.GetProperty("object");
            version = item.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
            if (type != "DELETED") continue;
            // Read the table now: the pod's silo may have joined since the last read.
            await KillAsync(PodVerdict.In(await ReadRowsAsync(silent.Token), UidOf(item), _options.PodUid!));
        }

        return version;
    }

    private async Task KillAsync(IReadOnlySet<string> gone)
    {
        foreach (var address in gone)
        {
            Log.PodGone(_log, address);
            await _membership().TryKill(SiloAddress.FromParsableString(address));
        }
    }

    private async Task<IReadOnlyList<MembershipRow>> ReadRowsAsync(CancellationToken cancellation)
    {
        await _table.ReadAllAsync(cancellation);
        return _table.Known!.Rows;
    }

    private IReadOnlySet<string>? Judge(IReadOnlyList<MembershipRow> rows, IReadOnlySet<string> pods)
    {
        var gone = PodVerdict.Gone(rows, pods, _options.PodUid!);
        if (gone is null) Log.SelfNotListed(_log, _options.Namespace, _options.PodSelector, _options.PodName!, _options.PodUid!);
        return gone;
    }

    private static string UidOf(JsonElement pod) => pod.GetProperty("metadata").GetProperty("uid").GetString()!;

    // The uids of pods, and the version of the list: the pods of the selector; without one, those that the rows name, each by its name.
    private async Task<(IReadOnlySet<string> Pods, string Version)> ListAsync(IReadOnlyList<MembershipRow> rows, CancellationToken cancellation)
    {
        var pods = new HashSet<string>(StringComparer.Ordinal);
        if (!string.IsNullOrEmpty(_options.PodSelector))
            return (pods, await ListAsync(pods, null, cancellation));
        var names = rows.Where(row => row.IsLive && !string.IsNullOrEmpty(row.PodName)).Select(row => row.PodName!).Append(_options.PodName!).Distinct();
        foreach (var name in names) await ListAsync(pods, name, cancellation);
        return (pods, "");
    }

    private async Task<string> ListAsync(HashSet<string> pods, string? name, CancellationToken cancellation)
    {
        var next = "";
        while (true)
        {
            var path = Path(name, $"limit={PageSize}&continue={Uri.EscapeDataString(next)}");
            var answer = await _api.CallAsync(new ApiRequest(HttpMethod.Get, path, "list", "pods") { Accept = ManyAccepted }, cancellation);
            var page = JsonSerializer.SerializeToElement(answer);
            pods.UnionWith(page.GetProperty("items").EnumerateArray().Select(UidOf));
            var metadata = page.GetProperty("metadata");
            next = metadata.TryGetProperty("continue", out var token) ? token.GetString() ?? "" : "";
            if (next.Length == 0) return metadata.GetProperty("resourceVersion").GetString()!;
        }
    }
}
