using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using MetaCollector.Simulator.Churning;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Wire;

namespace MetaCollector.Simulator.Benchmarking;

/// <summary>What <see cref="ChangeBenchmark"/> measured.</summary>
/// <param name="Objects">Objects in the store at the start.</param>
/// <param name="Generation">How long it took to create them.</param>
/// <param name="Changes">Changes made.</param>
/// <param name="ChangesPerSecond">The rate that was reached.</param>
/// <param name="Events">Events that the watchers received, up to the last change.</param>
/// <param name="Bytes">Bytes of those events.</param>
/// <param name="CpuShare">CPU time of this process as a share of one core.</param>
/// <param name="Median">Median of the time from a change to its event, of a sample.</param>
/// <param name="Percentile99">99th percentile of the same.</param>
/// <param name="Complete">Whether every watcher received everything.</param>
public sealed record ChangeReport(
    int Objects, TimeSpan Generation, long Changes, double ChangesPerSecond, long Events, long Bytes, double CpuShare, TimeSpan Median, TimeSpan Percentile99, bool Complete);

/// <summary>Changes objects at a rate, with one protobuf watcher per kind over HTTP/2, in one process.</summary>
public static class ChangeBenchmark
{
    /// <summary>Runs it.</summary>
    /// <param name="perSecond">Changes in a second; 0 for as many as possible.</param>
    /// <param name="duration">How long to change objects.</param>
    /// <param name="nodes">Nodes of the cluster.</param>
    /// <param name="podsPerNode">Pods on each.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ChangeReport> RunAsync(double perSecond, TimeSpan duration, int nodes, int podsPerNode, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: cancellation);
        var clock = Stopwatch.StartNew();
        var objects = simulator.Clusters.Generate(nodes, podsPerNode).Values.Sum();
        var generation = clock.Elapsed;
        var start = simulator.Objects.ResourceVersion;

        using var http = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true });
        var sent = new ConcurrentDictionary<long, long>();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Watcher[] watchers = [.. ResourceTypes.All.Where(type => type.Message is not null).Select(type => new Watcher(http, simulator.Url, type, start, sent))];
        Task[] watching = [.. watchers.Select(watcher => watcher.RunAsync(stopping.Token))];
        while (simulator.Requests.OpenWatches.Count < watchers.Length)
        {
            await Task.Delay(10, cancellation);
        }

        var churn = new Churn(simulator.Objects, TimeProvider.System, new ChurnMix(), 1, changed =>
        {
            if (changed.ResourceVersion % 50 == 0)
            {
                sent[changed.ResourceVersion] = Stopwatch.GetTimestamp();
            }
        });
        var cpu = Environment.CpuUsage.TotalTime;
        clock.Restart();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(duration);
        await Task.Run(() => churn.RunAsync(perSecond > 0 ? perSecond : 10_000_000, timer.Token), cancellation);
        var changing = clock.Elapsed;
        var expected = simulator.Objects.ResourceVersion - start;
        for (var waited = Stopwatch.StartNew(); watchers.Sum(watcher => watcher.Events) < expected && waited.Elapsed < TimeSpan.FromSeconds(30);)
        {
            await Task.Delay(10, cancellation);
        }

        var used = Environment.CpuUsage.TotalTime - cpu;
        var total = clock.Elapsed;
        await stopping.CancelAsync();
        await Task.WhenAll(watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var delays = watchers.SelectMany(watcher => watcher.Delays).Order().ToArray();
        var events = watchers.Sum(watcher => watcher.Events);
        return new ChangeReport(
            objects, generation, churn.Changes, churn.Changes / changing.TotalSeconds, events, watchers.Sum(watcher => watcher.Bytes), used / total,
            At(delays, 0.5), At(delays, 0.99), events == expected);
    }

    private static TimeSpan At(TimeSpan[] sorted, double share) => sorted.Length == 0 ? TimeSpan.Zero : sorted[(int)((sorted.Length - 1) * share)];

    private sealed class Watcher(HttpClient http, string url, ResourceType type, long start, ConcurrentDictionary<long, long> sent)
    {
        private long _events;
        private long _bytes;

        public long Events => Interlocked.Read(ref _events);

        public long Bytes => Interlocked.Read(ref _bytes);

        public List<TimeSpan> Delays { get; } = [];

        public async Task RunAsync(CancellationToken cancellation)
        {
            var prefix = type.Group.Length == 0 ? "api/v1" : $"apis/{type.ApiVersion}";
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/{prefix}/{type.Plural}?watch=true&resourceVersion={start}")
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.TryAddWithoutValidation("Accept", MediaType.ProtobufName + ";stream=watch");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellation), new StreamPipeReaderOptions(bufferSize: 64 * 1024));
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                var buffer = read.Buffer;
                while (TryTake(ref buffer))
                {
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }

        private bool TryTake(ref System.Buffers.ReadOnlySequence<byte> buffer)
        {
            if (buffer.Length < 4)
            {
                return false;
            }

            Span<byte> header = stackalloc byte[4];
            System.Buffers.BuffersExtensions.CopyTo(buffer.Slice(0, 4), header);
            var length = BinaryPrimitives.ReadInt32BigEndian(header);
            if (buffer.Length < 4 + length)
            {
                return false;
            }

            if (!sent.IsEmpty)
            {
                Measure(buffer.Slice(4, length));
            }

            buffer = buffer.Slice(4 + length);
            Interlocked.Increment(ref _events);
            Interlocked.Add(ref _bytes, 4 + length);
            return true;
        }

        /// <summary>Only while a sampled change is on its way, so that decoding does not weigh on the measurement.</summary>
        private void Measure(System.Buffers.ReadOnlySequence<byte> frame)
        {
            var change = WatchEvent.Parser.ParseFrom(frame);
            var unknown = Unknown.Parser.ParseFrom(change.Object.Raw.Span[4..]);
            var metadata = PartialObjectMetadata.Parser.ParseFrom(unknown.Raw).Metadata;
            if (sent.TryRemove(long.Parse(metadata.ResourceVersion, CultureInfo.InvariantCulture), out var at))
            {
                Delays.Add(Stopwatch.GetElapsedTime(at));
            }
        }
    }
}
