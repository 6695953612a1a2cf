using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A stream of the engine for those who read it from a thread of PowerShell: each read is a call that Ctrl-C ends. It is opened by the first.</summary>
/// <param name="open">Opens it.</param>
/// <param name="run">Runs a call, and throws what PowerShell is to see of its failure.</param>
internal sealed class PumpedStream(Func<CancellationToken, Task<Stream>> open, Func<Func<CancellationToken, Task<int>>, int> run) : Stream
{
    private Stream? content;
    private bool closed;

    public override bool CanRead => !closed;

    public override bool CanSeek => !closed;

    public override bool CanWrite => false;

    public override long Length => Content.Length;

    public override long Position
    {
        get => Content.Position;
        set => Content.Position = value;
    }

    private Stream Content
    {
        get
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (content is null)
            {
                run(async token =>
                {
                    content = await open(token);

                    // A call that was given up may end when nobody waits for it any more.
                    if (closed) await content.DisposeAsync();
                    return 0;
                });
            }

            return content!;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        Stream from = Content;
        return run(token => from.ReadAsync(buffer, offset, count, token));
    }

    public override long Seek(long offset, SeekOrigin origin) => Content.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        closed = true;

        // A store that does not answer must not hold up the pipeline.
        if (disposing && content is { } opened) Task.WaitAny([Task.Run(() => opened.DisposeAsync().AsTask())], PipelinePump.Grace);
        content = null;
        base.Dispose(disposing);
    }
}
