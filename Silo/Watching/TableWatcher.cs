using MetaCollector.Gateway.Wire;
using Spectre.Console;

namespace MetaCollector.Silo.Watching;

/// <summary>Shows a live table of the node's resources; in a pipe, writes the table anew after each burst of changes.</summary>
internal sealed class TableWatcher(WatchOptions options, IAnsiConsole console, TimeProvider time) : IWatcher
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(3);

    private const string Connected = "[green]connected[/]";

    private readonly Lock _lock = new();
    private readonly Holdings _holdings = new();
    private readonly Dictionary<string, long> _fresh = [];
    private string _state = "[yellow]connecting[/]";
    private long _events;
    private bool _hasChanged = true;

    public void Opened()
    {
        lock (_lock)
        {
            _holdings.Clear();
            (_state, _hasChanged) = (Connected, true);
        }
    }

    public void Waiting(bool isReady)
    {
        lock (_lock) (_state, _hasChanged) = (isReady ? Connected : "[yellow]connected, waiting: the collector has not read everything yet[/]", true);
    }

    public void Received(Event received)
    {
        lock (_lock)
        {
            _holdings.Take(received);
            _fresh[received.Uid] = time.GetTimestamp();
            _events++;
            (_state, _hasChanged) = (Connected, true);
        }
    }

    public void Lost(string reason, TimeSpan pause)
    {
        lock (_lock) (_state, _hasChanged) = ($"[red]{Markup.Escape(reason)}; trying again in {pause.TotalSeconds:0} s[/]", true);
    }

    /// <summary>Draws until <paramref name="cancellation"/>.</summary>
    public async Task DrawAsync(CancellationToken cancellation)
    {
        if (!console.Profile.Capabilities.Interactive)
        {
            await WriteAsync(cancellation);
            return;
        }

        await console.Live(Text.Empty).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            var size = (console.Profile.Width, console.Profile.Height);
            while (!cancellation.IsCancellationRequested)
            {
                // A table that was drawn for another size cannot be overwritten.
                if (size != (console.Profile.Width, console.Profile.Height)) console.Clear(home: true);
                size = (console.Profile.Width, console.Profile.Height);
                live.UpdateTarget(Draw(console.Profile.Height));
                await PauseAsync(Frame, cancellation);
            }
        });
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await PauseAsync(TimeSpan.FromSeconds(1), cancellation);
            var hasChanged = false;
            lock (_lock) (hasChanged, _hasChanged) = (_hasChanged, false);
            if (hasChanged) console.Write(Draw(int.MaxValue));
        }
    }

    private Spectre.Console.Rendering.IRenderable Draw(int height)
    {
        lock (_lock)
        {
            foreach (var uid in _fresh.Where(pair => time.GetElapsedTime(pair.Value) > FreshFor).Select(pair => pair.Key).ToList())
                _fresh.Remove(uid);
            var title = $"node [bold]{Markup.Escape(options.Node)}[/] at {Markup.Escape(options.Address.Authority)}: {_state}, {_events} events";
            return HoldingsView.Draw(_holdings, title, _fresh.Keys.ToHashSet(), console.Profile.Width, height);
        }
    }

    private static async Task PauseAsync(TimeSpan time, CancellationToken cancellation) =>
        await Task.Delay(time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
