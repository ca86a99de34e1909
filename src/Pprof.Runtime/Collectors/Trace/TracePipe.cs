using System.Runtime.ExceptionServices;

namespace Pprof.Collectors.Trace;

/// <summary>
/// Bytes on their way from the thread that writes a trace to the client. Bounded: the thread waits while the client is
/// behind.
/// </summary>
internal sealed class TracePipe
{
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly object _gate = new();
    private readonly Queue<byte[]> _pieces = new();
    private TaskCompletionSource? _reader;
    private int _bytes;
    private bool _isComplete;
    private bool _isCanceled;
    private Exception? _failure;

    /// <summary>Takes a copy of bytes, once there is room.</summary>
    /// <exception cref="OperationCanceledException">Nobody reads any more.</exception>
    public void Write(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            while (_bytes > MaxBytes && !_isCanceled)
            {
                Monitor.Wait(_gate);
            }

            if (_isCanceled)
            {
                throw new OperationCanceledException();
            }

            _pieces.Enqueue(bytes.ToArray());
            _bytes += bytes.Length;
            Wake();
        }
    }

    /// <summary>There is no more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Wake();
        }
    }

    /// <summary>There is no more, and what there is is not whole: who reads it gets the exception.</summary>
    public void Fail(Exception exception)
    {
        lock (_gate)
        {
            _failure = exception;
            Wake();
        }
    }

    /// <summary>Nobody reads any more.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            _isCanceled = true;
            _pieces.Clear();
            Monitor.PulseAll(_gate);
            Wake();
        }
    }

    /// <summary>Writes all to <paramref name="output"/> while it comes.</summary>
    /// <remarks>Throws what <see cref="Fail"/> was told.</remarks>
    public async Task CopyToAsync(Stream output, CancellationToken cancellation)
    {
        while (await NextAsync() is { } piece)
        {
            await output.WriteAsync(piece, cancellation);
            await output.FlushAsync(cancellation);
        }
    }

    private async Task<byte[]?> NextAsync()
    {
        while (true)
        {
            TaskCompletionSource waiting;
            lock (_gate)
            {
                if (_failure is not null)
                {
                    ExceptionDispatchInfo.Throw(_failure);
                }

                if (_pieces.TryDequeue(out byte[]? piece))
                {
                    _bytes -= piece.Length;
                    Monitor.PulseAll(_gate);
                    return piece;
                }

                if (_isComplete || _isCanceled)
                {
                    return null;
                }

                // Who waits must not go on in the thread that writes.
                _reader = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await waiting.Task;
        }
    }

    private void Wake()
    {
        _reader?.TrySetResult();
        _reader = null;
    }
}
