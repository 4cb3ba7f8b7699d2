using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Golden;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>
/// The recording of k8s-metacollector, played again over real sockets. What it got wrong, by its own README and PROTOCOL, is put right
/// in <see cref="RecordedContent"/>: a service without a selector is related to the pods that its EndpointSlices name, and to no other.
/// </summary>
public sealed class GoldenReplayTests
{
    private const string Solo = "c96e57d9-f799-41f2-8a82-eb50b41362e0";
    private const string Ext = "ef9a5f0d-b430-4a8b-a246-08207059e7f9";

    [Fact]
    public async Task Recording_PlayedAgain_LeavesEverySubscriberWithWhatWasRecorded()
    {
        await using var cluster = await EndToEndCluster.StartSimulatedAsync();
        var steps = GoldenStep.All();
        var world = new GoldenWorld(cluster.Api, steps);
        var subscribers = new Dictionary<string, Subscriber>
        {
            ["node-a"] = cluster.Subscribe("node-a"), ["node-b"] = cluster.Subscribe("node-b"),
        };
        var expected = new RecordedContent(world);

        foreach (var step in steps)
        {
            await world.CreateAsync(step);
            foreach (var command in step.Commands.Where(command => command.StartsWith("kubectl", StringComparison.Ordinal))) await world.KubectlAsync(command);
            if (step.Name == "second-subscriber-node-a") subscribers["node-a2"] = cluster.Subscribe("node-a");
            if (step.Name == "subscriber-only-pods") subscribers["a-pods"] = cluster.Subscribe("node-a", "Pod");
            if (step.Name == "unsubscribe-extra") await subscribers["a-pods"].DisposeAsync();

            await world.AssignAddressesAsync(step);
            expected.Apply(step);
            foreach (var (name, subscriber) in subscribers)
            {
                if (name == "a-pods" && step.Name != "subscriber-only-pods") continue;
                await subscriber.Log.UntilAsync(log => expected.IsHeldBy(name, log), $"after step {step.Name}, {name} holds\n{expected.Describe(name)}");
            }
        }

        // One Update for each change that subscribers can see, none for the annotation, the message, and the StatefulSet's label.
        foreach (var kind in (string[])["Namespace", "Deployment", "ReplicaSet", "DaemonSet", "ReplicationController"])
            Assert.Equal(["Create", "Update"], ReasonsOfFirst(kind));
        foreach (var subscriber in subscribers.Values) Assert.Empty(subscriber.Log.Faults);

        IEnumerable<string> ReasonsOfFirst(string kind)
        {
            var events = subscribers["node-a"].Log.Events.Where(e => e.Kind == kind).ToList();
            return events.Where(e => e.Uid == events[0].Uid).Select(e => e.Reason);
        }
    }

    /// <summary>What each subscriber holds by the recording, put right.</summary>
    private sealed class RecordedContent(GoldenWorld world)
    {
        private readonly Dictionary<string, Dictionary<string, Event>> _held = [];
        private Event? _service;

        public void Apply(GoldenStep step)
        {
            foreach (var (subscriber, recorded) in step.Events.SelectMany(node => node.Value.Select(e => (node.Key, e))))
                Apply(subscriber, recorded);
            if (step.Name != "manual-endpointslice") return;
            Held("node-a")[Ext] = _service!;
            Serve(Held("node-a")[Solo]);
        }

        public bool IsHeldBy(string subscriber, StreamLog log)
        {
            var expected = Held(subscriber).Values.Select(Canonical).Order(StringComparer.Ordinal);
            return expected.SequenceEqual(log.Held.Values.Select(Line).Order(StringComparer.Ordinal));
        }

        public string Describe(string subscriber) => string.Join('\n', Held(subscriber).Values.Select(Canonical));

        private void Apply(string subscriber, Event recorded)
        {
            if (recorded.Uid == Ext)
            {
                _service = recorded;
                return;
            }

            // Whoever subscribed after the slice was written sees the service with the pod.
            if (recorded.Uid == Solo && _service is not null) Serve(recorded);
            if (subscriber == "node-a2" && recorded is { Uid: Solo, Reason: "Create" }) Held(subscriber)[Ext] = _service!;
            Held(subscriber)[recorded.Uid] = recorded;
        }

        private static void Serve(Event pod)
        {
            if (pod.Refs.Resources["Service"].List.Count == 0) pod.Refs.Resources["Service"].List.Add(Ext);
        }

        private string Canonical(Event recorded) => world.Translate(Line(recorded));

        private Dictionary<string, Event> Held(string subscriber)
        {
            if (!_held.TryGetValue(subscriber, out var held)) _held[subscriber] = held = [];
            return held;
        }

        // Meta and status as the very text; the references as the map that they are, whose order on the wire is free.
        private static string Line(Event e)
        {
            var refs = e.Refs?.Resources.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Key}=[{string.Join(',', kind.Value.List)}]");
            return $"{e.Kind} {e.Uid} {e.Meta} {(e.HasStatus ? e.Status : "unset")} {(e.HasSpec ? e.Spec : "unset")} {string.Join(' ', refs ?? [])}";
        }
    }
}
