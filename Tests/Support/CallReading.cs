using Grpc.Core;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Tests.Support;

/// <summary>Reads calls in tests.</summary>
internal static class CallReading
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The next event.</summary>
    public static async Task<Event> NextAsync(this AsyncServerStreamingCall<Event> call)
    {
        if (!await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience)) throw new InvalidOperationException("the stream ended with OK");
        return call.ResponseStream.Current;
    }

    /// <summary>The next few events.</summary>
    public static async Task<Event[]> NextAsync(this AsyncServerStreamingCall<Event> call, int count)
    {
        var events = new Event[count];
        for (var i = 0; i < count; i++) events[i] = await call.NextAsync();
        return events;
    }

    /// <summary>Reads to the end, which must be an error.</summary>
    public static async Task<Status> EndAsync(this AsyncServerStreamingCall<Event> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
            {
            }

            return Status.DefaultSuccess;
        }
        catch (RpcException exception)
        {
            return exception.Status;
        }
    }

    /// <summary>Reads into a log until the call ends.</summary>
    public static async Task ReadIntoAsync(this AsyncServerStreamingCall<Event> call, StreamLog log)
    {
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None)) log.Add(call.ResponseStream.Current);
        }
        catch (RpcException)
        {
            // The test ended the call, or looks at the log.
        }
    }
}
