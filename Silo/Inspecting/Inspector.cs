using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Interfaces.Replicas;
using MetaCollector.Silo.Greetings;
using Microsoft.Extensions.Options;

namespace MetaCollector.Silo.Inspecting;

/// <summary>
/// Asks all replicas and the grains concerned, and makes reports of their answers. Changes nothing: it activates no grain. Thread-safe.
/// </summary>
internal sealed class Inspector(
    IGrainFactory grains, ISilos<IReplicaService> replicas, ISilos<ILeaderService> leaders, IClusterMembershipService membership, LeaderDirectory directory,
    IOptions<GrainsOptions> options)
{
    public async Task<ClusterReport> ClusterAsync() => ClusterReports.Make(await SurveyAsync(), options.Value.IsWithoutFalco);

    public async Task<NodeReport> NodeAsync(string node)
    {
        var survey = await SurveyAsync();
        var inventory = await FromLeaderAsync(async service => (await service.GetNodesAsync([node]))[0]);
        var grain = grains.GetGrain<INodeGrain>(node);
        var held = await IsActiveAsync(grain) ? await grain.InspectAsync() : null;
        var names = (inventory?.Namespaces.Select(slice => slice.Namespace) ?? []).Union((held?.Slices ?? []).Select(slice => slice.Namespace));
        var slices = await Task.WhenAll(names.Order(StringComparer.Ordinal).Select(async name => (name, Slice: await SliceAsync(name, node))));
        return NodeReports.Make(
            node, survey, inventory, held, slices.ToDictionary(slice => slice.name, slice => slice.Slice), await StreamsAsync(survey, node),
            StrangerFindings.OfNode(survey, node, await HomesAsync(StrangerFindings.Addresses(survey))));
    }

    public async Task<NamespaceReport> NamespaceAsync(string @namespace)
    {
        var grain = grains.GetGrain<IResourceGrain>(@namespace);
        return NamespaceReports.Make(
            @namespace, await SurveyAsync(), await PositionAsync(@namespace), await IsActiveAsync(grain) ? await grain.InspectAsync() : null);
    }

    public async Task<PodReport> PodAsync(string @namespace, string name)
    {
        var survey = await SurveyAsync();
        var grain = grains.GetGrain<IResourceGrain>(@namespace);
        var pod = await IsActiveAsync(grain) ? await grain.InspectPodAsync(name) : null;
        IReadOnlyList<ReplicaStreams> streams = pod?.Pod is { Node.Length: > 0 } bound ? await StreamsAsync(survey, bound.Node) : [];
        return PodReports.Make(@namespace, name, survey, await PositionAsync(@namespace), pod, streams);
    }

    private async Task<Survey> SurveyAsync()
    {
        var members = membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status != SiloStatus.Dead).OrderBy(member => member.Name, StringComparer.Ordinal);
        return new Survey(directory.Leader, await Task.WhenAll(members.Select(AskAsync)));
    }

    private async Task<SurveyedReplica> AskAsync(ClusterMember member)
    {
        try
        {
            return new SurveyedReplica(member.SiloAddress, member.Name, member.Status, await replicas.At(member.SiloAddress).InspectAsync(), null);
        }
        catch (Exception exception)
        {
            // The replica is gone, frozen, or of a version without this call: report the others' answers.
            return new SurveyedReplica(member.SiloAddress, member.Name, member.Status, null, exception.Message.Split('\n')[0].TrimEnd());
        }
    }

    private async Task<IReadOnlyList<ReplicaStreams>> StreamsAsync(Survey survey, string node) => await Task.WhenAll(survey.Replicas
        .Where(replica => replica.Inspection?.Streams.Any(streams => streams.Node == node) == true)
        .Select(async replica => new ReplicaStreams(replica.Name, await replicas.At(replica.Silo).InspectNodeAsync(node))));

    private async Task<SliceInspection?> SliceAsync(string @namespace, string node)
    {
        var grain = grains.GetGrain<IResourceGrain>(@namespace);
        return await IsActiveAsync(grain) ? await grain.InspectNodeAsync(node) : null;
    }

    // The nodes of addresses, as far as the leader knows.
    private async Task<IReadOnlyDictionary<string, string[]>> HomesAsync(string[] addresses)
    {
        var nodes = addresses.Length == 0 ? [] : await FromLeaderAsync(service => service.FindNodesAsync(addresses)) ?? [];
        return addresses.Zip(nodes).ToDictionary(home => home.First, home => home.Second, StringComparer.Ordinal);
    }

    private Task<Position?> PositionAsync(string @namespace) =>
        FromLeaderAsync<Position?>(async service => await service.GetPositionAsync(@namespace));

    private async Task<T?> FromLeaderAsync<T>(Func<ILeaderService, Task<T>> ask)
    {
        if (directory.Leader is not { } leader) return default;
        try
        {
            return await ask(leaders.At(leader.Silo));
        }
        catch (Exception)
        {
            // The replica is gone, or does not lead: the survey reports that.
            return default;
        }
    }

    // A call would activate the grain, and the leader would feed it.
    private async Task<bool> IsActiveAsync(IAddressable grain) =>
        await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain) is not null;
}

/// <summary>The streams of a node on one replica. Immutable.</summary>
internal sealed record ReplicaStreams(string Replica, NodeStreams Streams);
