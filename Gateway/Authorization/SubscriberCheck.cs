using System.Net;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Authorization;

/// <summary>
/// Checks that a subscriber asks for the node that it runs on: the address that it comes from is one of a pod there, or of the host.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Refuses an address of another node at once. Waits for an unknown address: a pod may connect before its address is in the API server.
/// </remarks>
internal sealed class SubscriberCheck(
    INodeAddresses addresses, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time, ILogger<SubscriberCheck> logger)
{
    /// <summary>How long to wait for an unknown address.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long to wait while no replica leads. Falco's plugin reconnects a second after its stream ended; this wait keeps all of them from
    /// reconnecting every second.
    /// </summary>
    public static readonly TimeSpan PatienceWithoutLeader = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private long _warnedAt;

    /// <summary>Whether a subscriber must wait for the result.</summary>
    public bool IsEnforced => options.Value.AuthorizeNodes == NodeAuthorization.Enforce;

    /// <summary>Checks a subscriber, and ends its stream if it must not have it. Returns when the stream ends; never throws.</summary>
    /// <param name="peer">The address that it comes from; null where it has none, as on a Unix socket.</param>
    /// <param name="node">The node that it asks for.</param>
    /// <param name="session">Its stream.</param>
    public async Task RunAsync(IPAddress? peer, string node, StreamSession session)
    {
        if (options.Value.AuthorizeNodes == NodeAuthorization.Off) return;
        try
        {
            var (result, end) = await JudgeAsync(peer, node, session.Ended);
            metrics.NodeChecked(result);
            if (end is null) return;
            Log.ForeignSubscriber(logger, end.Status.Detail, IsEnforced ? "refused" : "let in");
            if (IsEnforced) session.End(end);
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
    }

    private async Task<(string Result, StreamEnd? End)> JudgeAsync(IPAddress? peer, string node, CancellationToken ended)
    {
        if (peer is null) return ("exempt", null);
        var plain = NodeAddress.Plain(peer);
        if (options.Value.AuthorizeExempt.Any(network => network.Contains(plain)))
        {
            if (!IPAddress.IsLoopback(plain)) return ("exempt", null);
            if (IsEnforced) WarnOfLoopback(node);
            return ("loopback", null);
        }

        var address = NodeAddress.Of(plain);
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var nodes = await FindAsync(address, ended);
            if (nodes is { Length: > 0 })
                return nodes.Contains(node, StringComparer.Ordinal) ? ("own_node", null) : ("other_node", StreamEnd.OtherNode(address, nodes[0], node));
            var left = (nodes is null ? PatienceWithoutLeader : Patience) - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return ("unknown", StreamEnd.UnknownAddress(address, node, isAnswered: nodes is not null));
            await Task.Delay(pause < left ? pause : left, time, ended);
        }
    }

    // Behind a sidecar every subscriber comes from loopback, so nothing is checked: warn the operator.
    private void WarnOfLoopback(string node)
    {
        var before = Interlocked.Read(ref _warnedAt);
        if (before != 0 && time.GetElapsedTime(before) < BetweenWarnings) return;
        if (Interlocked.CompareExchange(ref _warnedAt, time.GetTimestamp(), before) == before) Log.LoopbackUnchecked(logger, node);
    }

    // Null if the leader cannot be asked.
    private async Task<string[]?> FindAsync(string address, CancellationToken ended)
    {
        try
        {
            return await addresses.FindAsync(address).WaitAsync(ended);
        }
        catch (Exception exception) when (!ended.IsCancellationRequested)
        {
            Log.AddressesUnknown(logger, address, exception);
            return null;
        }
    }
}
