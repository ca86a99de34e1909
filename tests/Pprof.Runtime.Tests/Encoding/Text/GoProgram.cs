using System.Diagnostics;

namespace Pprof.Runtime.Tests.Encoding.Text;

/// <summary>Runs Go: what its library writes is what is expected.</summary>
internal static class GoProgram
{
    public static bool IsInstalled { get; } = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, "go"))) == true;

    /// <summary>What a program of this source writes to its standard output.</summary>
    public static byte[] Run(string source)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pprof-go-");
        try
        {
            string file = Path.Combine(directory.FullName, "main.go");
            File.WriteAllText(file, source);
            return Go("run", file);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>What <c>go</c> writes to its standard output.</summary>
    public static byte[] Go(params string[] arguments)
    {
        using var go = System.Diagnostics.Process.Start(new ProcessStartInfo("go", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = go.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        go.StandardOutput.BaseStream.CopyTo(output);
        go.WaitForExit();
        Assert(go.ExitCode == 0, errors.Result);
        return output.ToArray();
    }

    private static void Assert(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException(message);
        }
    }
}
