using System.Runtime.InteropServices;
using Pprof.Tool;
using Pprof.Tool.Commands;

// The first Ctrl+C ends what is under way and leaves time to clean up, the second one the program.
using var end = new CancellationTokenSource();
bool isTerminated = false;
void End(PosixSignalContext signal)
{
    isTerminated |= signal.Signal == PosixSignal.SIGTERM;
    signal.Cancel = !end.IsCancellationRequested;
    end.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
int code = await CommandLine.RunAsync(args, ToolConsole.OfProcess(), end.Token);
return code == ExitCode.Interrupted && isTerminated ? ExitCode.Terminated : code;
