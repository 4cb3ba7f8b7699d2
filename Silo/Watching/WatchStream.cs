using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using MetaCollector.Gateway.Wire;
using Metadata = MetaCollector.Gateway.Wire.Metadata;

namespace MetaCollector.Silo.Watching;

/// <summary>Takes the events of a stream. Calls come one after another.</summary>
internal interface IWatcher
{
    /// <summary>A stream is open; it sends everything again.</summary>
    void Opened();

    /// <summary>The stream is open, and nothing has come yet. Thread-safe.</summary>
    /// <param name="isReady">Whether the collector has read everything, so that the node has no resources.</param>
    void Waiting(bool isReady);

    void Received(Event received);

    /// <summary>The stream ended, or could not be opened; the next attempt comes after <paramref name="pause"/>.</summary>
    void Lost(string reason, TimeSpan pause);
}

/// <summary>Subscribes, and subscribes again whenever the stream ends, as Falco's plugin does.</summary>
internal static class WatchStream
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AskHealthAfter = TimeSpan.FromSeconds(1);

    /// <summary>Reads until <paramref name="cancellation"/>.</summary>
    /// <exception cref="WatchException">Trying again is pointless.</exception>
    public static async Task RunAsync(WatchOptions options, IWatcher watcher, CancellationToken cancellation)
    {
        var pause = ShortestPause;
        while (!cancellation.IsCancellationRequested)
        {
            // As in Falco, each attempt is a new connection, which may lead to another replica.
            using var channel = Connect(options);
            var isOpen = false;
            try
            {
                await ReadAsync(channel, options, watcher, () => isOpen = true, cancellation);
                watcher.Lost("the collector ended the stream", pause);
            }
            catch (RpcException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException exception)
            {
                if (Pointless(exception, options) is { } why) throw new WatchException(why);
                if (isOpen) pause = ShortestPause;
                watcher.Lost(OneLine(exception), pause);
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static async Task ReadAsync(
        GrpcChannel channel, WatchOptions options, IWatcher watcher, Action opened, CancellationToken cancellation)
    {
        var selector = new Selector { NodeName = options.Node };
        foreach (var kind in options.Kinds) selector.ResourceKinds[kind] = "";
        using var call = new Metadata.MetadataClient(channel).Watch(selector, cancellationToken: cancellation);
        await call.ResponseHeadersAsync;
        opened();
        watcher.Opened();
        using var nothingYet = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var waiting = TellWhileNothingComesAsync(channel, watcher, nothingYet.Token);
        try
        {
            await foreach (var received in call.ResponseStream.ReadAllAsync(CancellationToken.None))
            {
                if (!nothingYet.IsCancellationRequested) await nothingYet.CancelAsync();
                watcher.Received(received);
            }
        }
        finally
        {
            await nothingYet.CancelAsync();
            await waiting;
        }
    }

    // A stream without events may belong to a node without pods, or to a collector that has not read everything: only its health tells.
    private static async Task TellWhileNothingComesAsync(GrpcChannel channel, IWatcher watcher, CancellationToken nothingYet)
    {
        var health = new Health.HealthClient(channel);
        try
        {
            while (true)
            {
                await Task.Delay(AskHealthAfter, nothingYet);
                var answer = await health.CheckAsync(new HealthCheckRequest { Service = Metadata.Descriptor.FullName }, cancellationToken: nothingYet);
                nothingYet.ThrowIfCancellationRequested();
                watcher.Waiting(answer.Status == HealthCheckResponse.Types.ServingStatus.Serving);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RpcException)
        {
            // An event came, or the collector serves no health checking.
        }
    }

    private static GrpcChannel Connect(WatchOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        };
        handler.SslOptions = options.Tls.Options();
        HttpMessageHandler named = options.Tls.ServerName is { } name ? new Named(name) { InnerHandler = handler } : handler;
        return GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions { HttpHandler = named, DisposeHttpClient = true });
    }

    // .NET checks the certificate against the Host header.
    private sealed class Named(string name) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = name;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private static string? Pointless(RpcException exception, WatchOptions options) => exception.StatusCode switch
    {
        StatusCode.InvalidArgument => exception.Status.Detail,
        StatusCode.Unimplemented => $"{options.Address.Authority} is no metadata collector: {exception.Status.Detail}",
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => $"{options.Address.Authority} refuses us: {exception.Status.Detail}",
        _ when Find<System.Security.Authentication.AuthenticationException>(exception) is { } tls =>
            $"{options.Address.Authority}: TLS failed: {tls.Message} (with a private authority, give --tls-ca; where the certificate bears another name, --tls-server-name)",
        _ => null,
    };

    private static string OneLine(RpcException exception)
    {
        if (Find<System.Net.Sockets.SocketException>(exception) is { } socket) return socket.Message;
        if (Find<System.Net.Http.HttpRequestException>(exception) is { } http) return http.Message.ReplaceLineEndings(" ");
        return $"{exception.StatusCode}: {exception.Status.Detail}".ReplaceLineEndings(" ");
    }

    private static T? Find<T>(RpcException exception) where T : Exception
    {
        for (var inner = exception.Status.DebugException; inner is not null; inner = inner.InnerException)
            if (inner is T found) return found;
        return null;
    }
}

/// <summary>Watching failed, and a retry would fail too. The message is one line for people.</summary>
internal sealed class WatchException(string message) : Exception(message);
