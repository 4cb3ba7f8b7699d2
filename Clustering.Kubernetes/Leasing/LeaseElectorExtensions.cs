using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Requests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>Lets the silos of a cluster elect a leader among them.</summary>
public static class LeaseElectorExtensions
{
    /// <summary>
    /// Adds a <see cref="LeaseElector"/> with its own connection. The Lease has the name of the ConfigMap of <see cref="KubernetesClusteringExtensions"/>.
    /// A candidate takes the Lease at once from a silo that was declared dead.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="terms">The highest term that this silo has seen: how to read it, and how to raise it.</param>
    /// <param name="configure">Changes the options.</param>
    public static ISiloBuilder AddLeaseElector(
        this ISiloBuilder silo,
        Func<IServiceProvider, (Func<long> Highest, Action<long> Seen)> terms,
        Action<LeaseElectorOptions>? configure = null)
    {
        silo.Services.TryAddSingleton<LeaseInstruments>();
        silo.Services.AddKeyedSingleton(typeof(LeaseElector), (provider, _) =>
        {
            var clustering = provider.GetRequiredService<IOptions<KubernetesClusteringOptions>>().Value;
            return provider.GetRequiredService<ApiServerAccess>().Connect(clustering.RequestTimeout);
        });
        silo.Services.AddSingleton(provider =>
        {
            var clustering = provider.GetRequiredService<IOptions<KubernetesClusteringOptions>>().Value;
            var options = new LeaseElectorOptions { Namespace = clustering.Namespace, Name = clustering.Name };
            foreach (var (key, value) in clustering.Labels) options.Labels[key] = value;
            configure?.Invoke(options);
            var (highest, seen) = terms(provider);
            var membership = provider.GetRequiredService<IClusterMembershipService>();
            var local = provider.GetRequiredService<ILocalSiloDetails>();
            return new LeaseElector(
                provider.GetRequiredKeyedService<ApiConnection>(typeof(LeaseElector)),
                SiloLease.Identity(local.Name, local.SiloAddress),
                options,
                new() { HighestTerm = highest, TermSeen = seen, IsDead = holder => SiloLease.IsDead(membership.CurrentSnapshot, holder) },
                provider.GetRequiredService<LeaseInstruments>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LeaseElector>>());
        });
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, LeaseAlarm>();
        return silo;
    }

    /// <summary>Makes the elector read the Lease whenever the membership changes: the holder may have died or stopped.</summary>
    private sealed class LeaseAlarm(LeaseElector elector, IClusterMembershipService membership)
        : ILifecycleParticipant<ISiloLifecycle>, IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _watching = Task.CompletedTask;

        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
            nameof(LeaseAlarm),
            ServiceLifecycleStage.Active,
            _ =>
            {
                _watching = Task.Run(WatchAsync, CancellationToken.None);
                return Task.CompletedTask;
            },
            async _ =>
            {
                await _stop.CancelAsync();
                await _watching;
            });

        public void Dispose() => _stop.Dispose();

        private async Task WatchAsync()
        {
            try
            {
                await foreach (var _ in membership.MembershipUpdates.WithCancellation(_stop.Token)) elector.Wake();
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
