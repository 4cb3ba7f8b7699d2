using MetaCollector.Simulator.Access;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Clusters;
using MetaCollector.Simulator.Controllers;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator;

/// <summary>What the servers of one cluster share: its objects, who may do what, and who cleans up.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly Housekeeping _housekeeping;

    public Cluster(SimulatorOptions options)
    {
        Store = new ObjectStore(options.History, options.InitialResourceVersion);
        Creation = new ObjectCreation(Store, options.Clock);
        Changes = new ObjectChange(Store, Creation);
        Deletion = new ObjectDeletion(Store, options.Clock);
        Access = new AccessControl(options.Clock);
        Objects = new ObjectOperations(Store, Creation, Changes, Deletion);
        Generator = new ClusterGenerator(
            one => Creation.Create(one.Type, ObjectOperations.NamespaceOf(one), one.Document, trusted: true, check: false), options.Clock.GetUtcNow);
        _housekeeping = new Housekeeping(Store, Deletion, Changes, options);
        if (options.Token is { } token)
        {
            Access.AddToken(token, "system:serviceaccount:default:collector");
        }

        foreach (var ns in (ReadOnlySpan<string>)["default", "kube-node-lease", "kube-public", "kube-system"])
        {
            Objects.Create(Kube.Namespace(ns));
        }
    }

    public ObjectStore Store { get; }

    public ObjectCreation Creation { get; }

    public ObjectChange Changes { get; }

    public ObjectDeletion Deletion { get; }

    public AccessControl Access { get; }

    public ObjectOperations Objects { get; }

    public ClusterGenerator Generator { get; }

    public ValueTask DisposeAsync() => _housekeeping.DisposeAsync();
}
