using System.Diagnostics.Metrics;
using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Proxies;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetaCollector.Tests.Support;

/// <summary>Ways to an API server, for tests.</summary>
internal static class Accesses
{
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    /// <summary>To the simulator.</summary>
    public static ApiServerAccess To(ApiServerSimulator simulator) => Of(() => Settings(simulator.Kubeconfig));

    /// <summary>As a file says.</summary>
    public static ApiServerAccess Of(string kubeconfig) => Of(() => ClusterConfiguration.Load(kubeconfig));

    /// <summary>As settings say.</summary>
    /// <param name="load">The settings.</param>
    /// <param name="log">The log; null for none.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="network">What stands in for a network; null for a real one.</param>
    /// <param name="keepAlive">How connections are kept; null for what the environment says.</param>
    public static ApiServerAccess Of(
        Func<ConnectionSettings> load, ILogger? log = null, TimeProvider? time = null, HttpMessageHandler? network = null, KeepAlive? keepAlive = null) =>
        new(load, Meters, time ?? TimeProvider.System, log ?? NullLogger.Instance, network is null ? null : _ => network)
        {
            KeepAlive = keepAlive ?? KeepAlive.OfEnvironment,
        };

    /// <summary>To what stands in for a network.</summary>
    public static ApiServerAccess Over(Func<HttpMessageHandler> handler) => new(
        () => new ConnectionSettings { Source = "test", Server = new Uri("http://fake.invalid/") }, Meters, TimeProvider.System, NullLogger.Instance, _ => handler());

    /// <summary>What the text of a kubeconfig says.</summary>
    public static ConnectionSettings Settings(string kubeconfig, ProxyRules? proxies = null) =>
        KubeconfigReader.Read(Kubeconfig.Of([("kubeconfig", kubeconfig)]), "kubeconfig", proxies ?? new ProxyRules(null, null, null));
}
