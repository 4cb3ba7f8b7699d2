using MetaCollector.ApiServer;
using MetaCollector.Conversation;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Leadership;
using MetaCollector.Informer.Storing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MetaCollector.Informer;

/// <summary>Adds the informer to a silo.</summary>
public static class InformerServiceCollectionExtensions
{
    /// <summary>
    /// Adds the informer: a hosted service, its <see cref="ILeader"/>, its <see cref="InformerStatus"/>, and <see cref="SoleLeader"/> unless
    /// another <see cref="ILeaderElection"/> is registered. Needs an <see cref="ILeaderAnnouncer"/>, and reads
    /// <see cref="ApiServerOptions"/>.
    /// </summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddInformer(this IServiceCollection services, Action<InformerOptions>? configure = null)
    {
        var options = services.AddOptions<InformerOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<InformerOptions>, InformerOptionsValidator>());
        services.AddApiServer();
        services.AddConversation();
        services.TryAddSingleton<ILeaderElection, SoleLeader>();
        services.TryAddSingleton(provider => new ResourceStore(
            provider.GetRequiredService<IOptions<InformerOptions>>().Value.Wanted,
            provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ILeader>(provider => provider.GetRequiredService<ResourceStore>());
        services.TryAddSingleton(provider =>
        {
            var store = provider.GetRequiredService<ResourceStore>();
            var status = new InformerStatus();
            status.Watch(store.Wanted, store.CountOf, () => store.Pending, () => store.NodeCount);
            return status;
        });
        services.TryAddSingleton<InformerMetrics>();
        services.TryAddSingleton<FeedMetrics>();
        services.TryAddSingleton<IFeedTarget, ResourceGrains>();
        services.AddHostedService<InformerService>();
        return services;
    }
}
