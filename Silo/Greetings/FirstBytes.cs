using System.IO.Pipelines;

namespace MetaCollector.Silo.Greetings;

/// <summary>Passes a connection's input on, and notes what protocol the first bytes are of. For one reader.</summary>
internal sealed class FirstBytes(PipeReader input, Greeting greeting) : PipeReader
{
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        greeting.Spoken == Spoken.Nothing ? LookAsync(cancellationToken) : input.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        if (!input.TryRead(out result)) return false;
        Look(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => input.CompleteAsync(exception);

    private async ValueTask<ReadResult> LookAsync(CancellationToken cancellation)
    {
        var result = await input.ReadAsync(cancellation);
        Look(result);
        return result;
    }

    private void Look(ReadResult result)
    {
        if (greeting.Spoken == Spoken.Nothing) greeting.Spoken = Judgement.Of(result.Buffer);
    }
}
