using System.Net;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Tests.Monitoring;

/// <summary>A text that Prometheus scrapes. Thread-safe.</summary>
internal sealed class ServedMetrics : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private readonly HttpStatusCode _status;
    private volatile Func<string> _text;

    public ServedMetrics(Func<string> text, HttpStatusCode status = HttpStatusCode.OK)
    {
        (_text, _status) = (text, status);
        Address = $"127.0.0.1:{Ports.Free()}";
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it is served.</summary>
    public string Address { get; }

    /// <summary>Serves another text from now on.</summary>
    public void Serve(Func<string> text) => _text = text;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                context.Response.StatusCode = (int)_status;
                context.Response.ContentType = "text/plain; version=0.0.4";
                await context.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_text()));
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
