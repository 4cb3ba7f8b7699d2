using Orleans.Messaging;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>Gives Orleans clients the gateways: those of Active silos with a gateway port. Thread-safe.</summary>
internal sealed class KubernetesGatewayListProvider(KubernetesMembershipTable table) : IGatewayListProvider
{
    public TimeSpan MaxStaleness { get; } = TimeSpan.FromSeconds(30);

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => table.InitializeMembershipTableAsync(tryInitTableVersion: false, CancellationToken.None);

    public async Task<IList<Uri>> GetGateways() =>
        [.. (await table.ReadAsClientAsync(CancellationToken.None))
            .Where(row => row.Status == SiloStatus.Active && row.ProxyPort > 0)
            .Select(row =>
            {
                var silo = SiloAddress.FromParsableString(row.Address);
                return SiloAddress.New(silo.Endpoint.Address, row.ProxyPort, silo.Generation).ToGatewayUri();
            })];
}
