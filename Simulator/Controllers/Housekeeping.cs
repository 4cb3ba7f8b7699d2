using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Controllers;

/// <summary>
/// What kubelets and controllers do after a deletion: pods stop, namespaces are emptied, and objects whose owner is gone follow it.
/// </summary>
internal sealed class Housekeeping : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly ObjectDeletion _deletion;
    private readonly ObjectChange _changes;
    private readonly SimulatorOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];

    public Housekeeping(ObjectStore store, ObjectDeletion deletion, ObjectChange changes, SimulatorOptions options)
    {
        _store = store;
        _deletion = deletion;
        _changes = changes;
        _options = options;
        deletion.Marked += OnMarked;
        deletion.Removed += OnRemoved;
    }

    public async ValueTask DisposeAsync()
    {
        _deletion.Marked -= OnMarked;
        _deletion.Removed -= OnRemoved;
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void OnMarked(StoredObject marked)
    {
        if (marked.Type == ResourceTypes.Namespaces)
        {
            Run(() => EmptyAsync(marked));
        }
        else if (marked.Type == ResourceTypes.Pods && _options.PodStopTime is { } time)
        {
            Run(async () =>
            {
                await Task.Delay(time, _options.Clock, _stopping.Token);
                _deletion.Finish(marked);
            });
        }
    }

    private void OnRemoved(StoredObject removed, DeleteOptions options)
    {
        if (options.Propagation == "Orphan")
        {
            Orphan(removed);
        }
        else if (_options.GarbageCollection && MayOwn(removed.Type))
        {
            Run(() => CollectAsync(removed, options));
        }
    }

    private void Run(Func<Task> work)
    {
        var task = Task.Run(work, _stopping.Token);
        lock (_gate)
        {
            _running.Add(task);
        }

        // Failures are those of objects that are gone already; there is nobody else to tell.
        _ = task.ContinueWith(
            done =>
            {
                _ = done.Exception;
                lock (_gate)
                {
                    _running.Remove(done);
                }
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task EmptyAsync(StoredObject marked)
    {
        while (true)
        {
            var left = 0;
            foreach (var one in Content(marked.Name))
            {
                left++;
                if (!one.IsTerminating)
                {
                    TryDelete(one, new DeleteOptions());
                }
            }

            if (left == 0)
            {
                _deletion.Finish(marked);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), _options.Clock, _stopping.Token);
        }
    }

    private IEnumerable<StoredObject> Content(string ns) => ResourceTypes.All.Where(type => type.Namespaced)
        .SelectMany(type => _store[type].Objects.Values.Where(one => one.Namespace == ns));

    private async Task CollectAsync(StoredObject owner, DeleteOptions options)
    {
        await Task.Yield();
        foreach (var dependent in Dependents(owner))
        {
            var others = dependent.Metadata["ownerReferences"]!.Items.Any(reference => reference["uid"]?.Text != owner.Uid && Exists(reference, dependent.Namespace));
            if (!others)
            {
                TryDelete(dependent, options with { Uid = dependent.Uid, ResourceVersion = null, GracePeriodSeconds = null });
            }
        }
    }

    private void Orphan(StoredObject owner)
    {
        foreach (var dependent in Dependents(owner).ToList())
        {
            var rest = dependent.Metadata["ownerReferences"]!.Items.Where(reference => reference["uid"]?.Text != owner.Uid).ToArray();
            try
            {
                _changes.Change(
                    dependent.Type, dependent.Namespace, dependent.Name,
                    current => rest.Length == 0 ? current.Without(["metadata", "ownerReferences"]) : current.With(["metadata", "ownerReferences"], new JsonList(rest)),
                    ObjectChange.Part.All);
            }
            catch (ApiException)
            {
                // Gone meanwhile.
            }
        }
    }

    private IEnumerable<StoredObject> Dependents(StoredObject owner) => ResourceTypes.All.Where(type => type.Namespaced)
        .SelectMany(type => _store[type].Objects.Values)
        .Where(one => one.Metadata["ownerReferences"] is { } references && references.Items.Any(reference => reference["uid"]?.Text == owner.Uid));

    private bool Exists(Json reference, string ns) =>
        ResourceTypes.ByKind(reference["apiVersion"]?.Text, reference["kind"]?.Text) is { } type
        && _store.Find(type, type.Namespaced ? ns : "", reference["name"]?.Text ?? "")?.Uid == reference["uid"]?.Text;

    private void TryDelete(StoredObject one, DeleteOptions options)
    {
        try
        {
            _deletion.Delete(one.Type, one.Namespace, one.Name, options);
        }
        catch (ApiException)
        {
            // Gone, or another object by now.
        }
    }

    private static bool MayOwn(ResourceType type) =>
        type.Group is "apps" or "batch" || type == ResourceTypes.ReplicationControllers || type == ResourceTypes.Services || type == ResourceTypes.Pods;
}
