using k8s;
using k8s.Autorest;
using MetaCollector.Clustering.Kubernetes.Membership;

namespace MetaCollector.Clustering.Kubernetes.Api;

/// <summary>
/// A connection to the API server for small calls that must get through, or fail, in time. It is shared with nobody: a large list
/// that fills a connection, or a client that is disposed, must not cost the silo its membership or its leadership. Thread-safe.
/// </summary>
/// <param name="connect">Makes a client with a connection of its own; called lazily.</param>
/// <param name="requestTimeout">How long a call may take.</param>
public sealed class ApiConnection(Func<IKubernetes> connect, TimeSpan requestTimeout) : IDisposable
{
    private readonly Lazy<IKubernetes> _client = new(connect);

    /// <summary>A connection as configured.</summary>
    /// <param name="configuration">Where the API server is and how to sign in.</param>
    /// <param name="requestTimeout">How long a call may take.</param>
    /// <param name="instruments">Counts the requests.</param>
    internal static ApiConnection To(Func<KubernetesClientConfiguration> configuration, TimeSpan requestTimeout, MembershipInstruments instruments) => new(
        () =>
        {
            var settings = configuration();
            var setup = settings.FirstMessageHandlerSetup;
            settings.FirstMessageHandlerSetup = handler =>
            {
                // A connection that was cut silently has to be noticed within a Lease, not after the client's 3.5 minutes.
                handler.KeepAlivePingDelay = TimeSpan.FromSeconds(2);
                handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(3);
                handler.ConnectTimeout = requestTimeout;
                setup?.Invoke(handler);
            };
            return new k8s.Kubernetes(settings, new CountingHandler(instruments));
        },
        requestTimeout);

    /// <summary>The client, for calls without a deadline such as a watch.</summary>
    internal IKubernetes Client => _client.Value;

    /// <summary>Calls the API server.</summary>
    /// <exception cref="TimeoutException">No answer in time; a write may have happened or not.</exception>
    /// <exception cref="HttpOperationException">The API server refused.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    internal async Task<T> CallAsync<T>(Func<IKubernetes, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(requestTimeout);
        try
        {
            return await call(_client.Value, deadline.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer within {requestTimeout.TotalSeconds:0.#} s.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }
}
