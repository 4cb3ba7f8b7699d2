using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;
using Xunit;

namespace MetaCollector.Tests.Testing.Streams;

/// <summary>What checks the streams of other tests notices what it is there for.</summary>
public sealed class StreamLogTests
{
    [Fact]
    public void Kind_NotAskedFor_IsAFault()
    {
        var log = new StreamLog("Pod");
        log.Add(Of("Create", "Service", "s"));

        Assert.Contains("not asked for", Assert.Single(log.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Misspelling_StandsForTheKind()
    {
        var log = new StreamLog("Pod", "ReplicaController");
        log.Add(Of("Create", "ReplicationController", "rc"));
        log.Add(Pod("Create", "p", ("ReplicationController", "rc")));
        Assert.Empty(log.Faults);
        log.Add(Pod("Create", "q", ("ReplicationController", "other")));

        Assert.Contains("dangling", Assert.Single(log.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void FalseDelete_OfAPod_IsSeenWhenItComesBack()
    {
        var deletes = new FalseDeletes();
        Assert.Empty(deletes.Add(Pod("Create", "p")));
        Assert.Empty(deletes.Add(Of("Delete", "Pod", "p")));
        Assert.Empty(deletes.Add(Pod("Create", "q")));

        Assert.Single(deletes.Add(Pod("Create", "p")));
    }

    [Theory]
    [InlineData("Namespace")]
    [InlineData("Deployment")]
    [InlineData("Service")]
    public void FalseDelete_OfWhatAPodRefersTo_IsSeenWhenItComesBack(string kind)
    {
        var deletes = new FalseDeletes();
        Assert.Empty(deletes.Add(Pod("Create", "p")));
        Assert.Empty(deletes.Add(Pod("Update", "p", (kind, "x"))));
        Assert.Empty(deletes.Add(Pod("Update", "p", (kind, "y"))));

        Assert.Contains($"{kind} x", Assert.Single(deletes.Add(Pod("Update", "p", (kind, "x"), (kind, "y")))), StringComparison.Ordinal);
    }

    [Fact]
    public void FalseDelete_OfAService_IsNotLookedForWhereSelectorsChange()
    {
        var deletes = new FalseDeletes { Services = false };
        deletes.Add(Pod("Create", "p", ("Service", "x")));
        deletes.Add(Pod("Update", "p"));

        Assert.Empty(deletes.Add(Pod("Update", "p", ("Service", "x"))));
    }

    [Fact]
    public void Forgotten_WhatComesBackIsNew()
    {
        var deletes = new FalseDeletes();
        deletes.Add(Pod("Create", "p"));
        deletes.Add(Of("Delete", "Pod", "p"));
        deletes.Forget();

        Assert.Empty(deletes.Add(Pod("Create", "p")));
    }

    [Fact]
    public void ReferenceToAnOwnerThatCannotBeRead_IsNoFault()
    {
        var log = new StreamLog("Pod", "ReplicaSet") { Unread = ["ReplicaSet"] };
        log.Add(Pod("Create", "p", ("ReplicaSet", "x")));
        Assert.Empty(log.Faults);

        log.Unread = [];
        log.Add(Pod("Create", "q", ("ReplicaSet", "x")));
        Assert.Single(log.Faults);
    }

    private static Event Of(string reason, string kind, string uid) => new() { Reason = reason, Kind = kind, Uid = uid };

    private static Event Pod(string reason, string uid, params (string Kind, string Uid)[] references)
    {
        var pod = Of(reason, "Pod", uid);
        pod.Refs = new References();
        foreach (var kind in references.GroupBy(each => each.Kind))
        {
            pod.Refs.Resources[kind.Key] = new ListOfStrings();
            pod.Refs.Resources[kind.Key].List.Add(kind.Select(each => each.Uid));
        }

        return pod;
    }
}
