using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Clustering.Kubernetes.Fakes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

public sealed class InMemoryMembershipTableTests : MembershipTableConformance
{
    private readonly FakeApiServer _server = new();

    private protected override KubernetesMembershipTable Create() => MembershipTables.Table(_server);
}

/// <summary>Over HTTP.</summary>
public sealed class SimulatedMembershipTableTests : MembershipTableConformance
{
    private ApiServerSimulator? _simulator;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
    }

    private protected override async ValueTask StartAsync() => _simulator = await ApiServerSimulator.StartAsync();

    private protected override KubernetesMembershipTable Create() => MembershipTables.Table(Accesses.To(_simulator!), "default", "membership");
}

/// <summary>Against a real API server: <c>METACOLLECTOR_TEST_KUBECONFIG</c> names the kubeconfig.</summary>
public sealed class RealMembershipTableTests : MembershipTableConformance
{
    private readonly string? _kubeconfig = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG");
    private readonly string _name = $"membership-{Guid.NewGuid():N}";

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_kubeconfig is null) return;
        using var client = new ApiClient(_kubeconfig);
        await client.DeleteAsync("ConfigMap", "default", _name);
    }

    private protected override KubernetesMembershipTable Create()
    {
        Assert.SkipWhen(_kubeconfig is null, "METACOLLECTOR_TEST_KUBECONFIG names no API server");
        return MembershipTables.Table(Accesses.Of(_kubeconfig), "default", _name);
    }
}
