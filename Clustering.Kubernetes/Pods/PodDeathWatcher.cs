using System.Text.Json;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Clustering.Kubernetes.Membership;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Clustering.Kubernetes.Pods;

/// <summary>
/// Declares silos dead whose pods are gone: faster and surer than probes, which need votes, and the only way where every silo is new
/// and nobody is left to vote.
/// </summary>
/// <remarks>
/// A joining silo must reach every Active one before it may join. So once before Orleans first reads the table, all rows whose pods are gone are
/// declared dead; from then on the pods are watched. After every cut of the watch the pods are listed again.
/// </remarks>
internal sealed partial class PodDeathWatcher : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WatchTimeout = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan SweepTimeout = TimeSpan.FromSeconds(10);

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

    private string PodsPath => $"api/v1/namespaces/{_options.Namespace}/pods?labelSelector={Uri.EscapeDataString(_options.PodSelector ?? "")}";

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
    }

    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _watching;
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Declares dead, in the table itself, what is gone already. A failure is no reason not to start.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await _table.InitializeMembershipTableAsync(true, cancellation);
            deadline.CancelAfter(SweepTimeout);
            await _table.ReadAllAsync(deadline.Token);
            var rows = _table.Known!.Rows;
            if (!rows.Any(row => row.IsLive)) return;
            var (pods, _) = await ListAsync(deadline.Token);
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
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // The rows first: see PodVerdict.Gone.
                await _table.ReadAllAsync(_stop.Token);
                var rows = _table.Known!.Rows;
                var (pods, version) = await ListAsync(_stop.Token);
                await KillAsync(Judge(rows, pods) ?? new HashSet<string>());
                pause = Pause;
                await FollowAsync(version);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.WatchFailed(_log, e, _options.Namespace, pause);
                await Task.Delay(pause * (1 - (Random.Shared.NextDouble() / 4)), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task FollowAsync(string version)
    {
        // The server ends a watch after its timeout; one that it does not end is dead, however alive the connection looks.
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        silent.CancelAfter(WatchTimeout + TimeSpan.FromSeconds(30));
        var path = $"{PodsPath}&watch=true&resourceVersion={version}&timeoutSeconds={(int)WatchTimeout.TotalSeconds}";
        using var response = await _api.SendAsync(new ApiRequest(HttpMethod.Get, path, "watch", "pods"), silent.Token);
        if (!response.IsSuccessStatusCode) throw await ApiException.FromAsync(response, silent.Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(silent.Token));
        while (await lines.ReadLineAsync(silent.Token) is { } line)
        {
            using var watched = JsonDocument.Parse(line);
            var type = watched.RootElement.GetProperty("type").GetString();
            if (type == "ERROR") return;
            var pod = PodIdentity.Of(watched.RootElement.GetProperty("object"));
            if (type == "DELETED" || pod.IsOver) await KillAsync(PodVerdict.In(_table.Known?.Rows ?? [], pod.Uid, _options.PodUid!));
        }
    }

    private async Task KillAsync(IReadOnlySet<string> gone)
    {
        foreach (var address in gone)
        {
            Log.PodGone(_log, address);
            await _membership().TryKill(SiloAddress.FromParsableString(address));
        }
    }

    private IReadOnlySet<string>? Judge(IReadOnlyList<MembershipRow> rows, IReadOnlyList<PodIdentity> pods)
    {
        var gone = PodVerdict.Gone(rows, pods, _options.PodUid!);
        if (gone is null) Log.SelfNotListed(_log, _options.Namespace, _options.PodSelector, _options.PodName!, _options.PodUid!);
        return gone;
    }

    private async Task<(IReadOnlyList<PodIdentity> Pods, string Version)> ListAsync(CancellationToken cancellation)
    {
        var answer = await _api.CallAsync(new ApiRequest(HttpMethod.Get, PodsPath, "list", "pods"), cancellation);
        var list = JsonSerializer.SerializeToElement(answer);
        return ([.. list.GetProperty("items").EnumerateArray().Select(PodIdentity.Of)], list.GetProperty("metadata").GetProperty("resourceVersion").GetString()!);
    }
}
