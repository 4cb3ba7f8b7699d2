using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>
/// Whatever goes wrong on the way to an API server, a real one where <c>METACOLLECTOR_TEST_KUBECONFIG</c> names one, what is fed ends up as what the
/// server holds, and nothing is taken away meanwhile that is there.
/// </summary>
public sealed class AnyServerTests
{
    private static readonly ResourceType[] Made = [ResourceTypes.Pods, ResourceTypes.Services, ResourceTypes.EndpointSlices, ResourceTypes.Deployments];

    public static TheoryData<string> Troubles => [.. Ways.Keys];

    /// <summary>What goes wrong, and how it is over; null where it is by itself, or never.</summary>
    private static Dictionary<string, (Action<ApiProxy> Begin, Action<ApiProxy>? End)> Ways { get; } = new()
    {
        ["nothing"] = (_ => { }, null),
        ["cut"] = (proxy => proxy.Faults.CutWatches(), null),
        ["ended"] = (proxy => proxy.Faults.EndWatches(), null),
        ["silent"] = (proxy => proxy.Faults.FreezeWatches(), null),
        ["too old"] = (
            proxy =>
            {
                foreach (var type in ResourceTypes.All) proxy.Faults.ExpireNextWatches(type.Plural);
                proxy.Faults.CutWatches();
            },
            null),
        ["refused"] = (proxy => Refuse(proxy, 403), proxy => proxy.Faults.ClearAnswers()),
        ["without credentials"] = (proxy => Refuse(proxy, 401), proxy => proxy.Faults.ClearAnswers()),
        ["failing"] = (proxy => Refuse(proxy, 500), proxy => proxy.Faults.ClearAnswers()),
        ["away"] = (proxy => Refuse(proxy, 503), proxy => proxy.Faults.ClearAnswers()),
        ["busy"] = (proxy => Refuse(proxy, 429), proxy => proxy.Faults.ClearAnswers()),
        ["held back"] = (
            proxy =>
            {
                proxy.HoldBack = 64 * 1024;
                proxy.Faults.CutWatches();
            },
            null),
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Readers_WithTroubleOnTheWay_FeedWhatTheServerHolds(string trouble)
    {
        await using var server = await AnyServer.StartAsync();
        await using var proxy = await server.StartProxyAsync();
        var pod = await server.CreateAsync(Pod("web-1").On("node-of-nobody").Labelled(("app", "web")));
        var service = await server.CreateAsync(Service("web").Selecting(("app", "web")));
        await server.CreateAsync(EndpointSlice("web-own", "web").Targeting(pod));
        await server.CreateAsync(Deployment("web").WithTemplate());
        var gone = await server.CreateAsync(Pod("web-2").On("node-of-nobody"));
        var options = ReadingRig.Impatient;
        options.WatchIdleTimeout = TimeSpan.FromSeconds(3);
        await using var rig = await ReadingRig.Behind(proxy, options).InSyncAsync();
        await rig.AllWatchingAsync();
        await CaughtUpAsync(rig, server);
        Assert.Contains(rig.Log.Lines, line => line.Contains("(stream)", StringComparison.Ordinal));

        var (begin, end) = Ways[trouble];
        begin(proxy);
        await server.ChangeAsync(pod, one => one.Labelled(("tier", "front")).WithIP("10.9.8.7"));
        await server.ChangeAsync(service, one => one.Selecting(("app", "other")));
        await server.DeleteAsync(gone);
        await server.CreateAsync(Pod("web-3").On("node-of-nobody"));
        if (end is not null)
        {
            await Eventually.HoldsAsync(() => proxy.Requests.All.Count(request => request.Code >= 400) >= 20, "it is refused");
            end(proxy);
        }

        await CaughtUpAsync(rig, server);
        Assert.All(rig.Fed.Changes.Where(change => change.Resource is null && IsOurs(change.Uid)), change => Assert.Equal(gone.Uid, change.Uid.ToString()));

        bool IsOurs(Uid uid) => uid.ToString() == gone.Uid || rig.Fed.Everything().TryGetValue(uid, out var held) && held.Namespace == server.Namespace;
    }

    private static void Refuse(ApiProxy proxy, int code)
    {
        proxy.Faults.Answer(code, int.MaxValue);
        proxy.Faults.CutWatches();
    }

    /// <summary>Waits until what is fed of the test's namespace is what the server lists there.</summary>
    private static async Task CaughtUpAsync(ReadingRig rig, AnyServer server)
    {
        var lists = await Task.WhenAll(Made.Select(async type => (Type: type, List: await server.Api.GetAsync(server.PathOf(type)))));
        var expected = lists
            .SelectMany(one => one.List.Json["items"]!.Items.Select(item => Typed(one.Type, (JsonMap)item)))
            .Select(Kept.Of).OfType<Resource>().ToDictionary(resource => resource.Uid);
        await Eventually.HoldsAsync(() => Difference().Length == 0, "what is fed is what the server holds", () => $"{string.Join("; ", Difference().Take(5))} | {string.Join(" | ", rig.Log.Lines.TakeLast(5))}");

        string[] Difference()
        {
            var held = rig.Fed.Everything().Values.Where(resource => resource.Namespace == server.Namespace && Made.Any(type => type.Kind == resource.Kind.ToString()))
                .ToDictionary(resource => resource.Uid);
            return
            [
                .. expected.Values.Where(resource => !held.TryGetValue(resource.Uid, out var other) || !other.Equals(resource)).Select(resource => $"not held: {resource}"),
                .. held.Values.Where(resource => !expected.ContainsKey(resource.Uid)).Select(resource => $"extra: {resource}"),
            ];
        }
    }

    /// <summary>Items of a list do not say what they are.</summary>
    private static KubernetesObject Typed(ResourceType type, JsonMap item) => new(item.With("kind", type.Kind).With("apiVersion", type.ApiVersion));
}
