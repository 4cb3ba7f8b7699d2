using System.Runtime.CompilerServices;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Testing.Oracle;
using Xunit;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>What pods refer to is kept once, and not for longer than there are such pods.</summary>
public sealed class SharedReferencesTests
{
    private readonly NamespaceRelations _relations = new(new VersionPool());

    [Fact]
    public void Apply_PodsOfOneOwner_ShareTheirReferences()
    {
        Put(PodOf("web-1", "web"), PodOf("web-2", "web"), PodOf("db-1", "db"));
        Assert.Same(ReferencesOf("web-1"), ReferencesOf("web-2"));
        Assert.NotSame(ReferencesOf("web-1"), ReferencesOf("db-1"));
    }

    [Fact]
    public void Apply_PodIsGone_KeepsNoReferencesOfIt()
    {
        var gone = PutAndRemove();
        for (var deadline = Environment.TickCount64 + 60_000; gone.IsAlive; GC.Collect()) Assert.True(Environment.TickCount64 < deadline, "they are still kept");
        Assert.Equal("db-1", Assert.Single(_relations.Entries).Resource.Name);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference PutAndRemove()
    {
        var pod = PodOf("web-1", "web");
        Put(pod);
        var references = new WeakReference(ReferencesOf("web-1"));
        _relations.Apply([new ResourceChange(pod.Uid, null)], ResourceKinds.Standard, default, _ => { });
        Put(PodOf("db-1", "db"));
        return references;
    }

    private void Put(params Pod[] pods) =>
        _relations.Apply(Array.ConvertAll(pods, pod => new ResourceChange(pod.Uid, pod)), ResourceKinds.Standard, default, _ => { });

    private References? ReferencesOf(string name) => _relations.Entries.Single(entry => entry.Resource.Name == name).References;

    private static Pod PodOf(string name, string owner) => Objects.Pod(name).On("node-a").OwnedBy("example.com", "Rollout", Uid.Parse(owner));
}
