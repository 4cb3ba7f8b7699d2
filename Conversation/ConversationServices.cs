using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MetaCollector.Conversation;

/// <summary>Registers the services that all hops of a silo share.</summary>
public static class ConversationServices
{
    /// <summary>
    /// Adds one <see cref="LeaderDirectory"/>, <see cref="SharedInstants"/>, <see cref="VersionPool"/> and <see cref="Faults"/> for the silo, and
    /// the system clock, unless they are registered already.
    /// </summary>
    public static IServiceCollection AddConversation(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LeaderDirectory>();
        services.TryAddSingleton<SharedInstants>();
        services.TryAddSingleton<Faults>();
        services.TryAddSingleton<VersionPool>();
        return services;
    }
}
