using System.Runtime.InteropServices;

namespace Pprof.Testing;

/// <summary>
/// What the tests need of the machine beside the .NET SDK. Without it a test is skipped on a developer's machine and
/// fails in CI.
/// </summary>
internal static class Tools
{
    public const string Linux = "linux";
    public const string Go = "go";
    public const string Graphviz = "dot";
    public const string Chromium = "chromium";
    public const string NativeCompiler = "clang";
    public const string X64Compiler = "x86_64-linux-gnu-gcc";
    public const string Arm64Compiler = "aarch64-linux-gnu-gcc";
    public const string Arm64Emulator = "qemu-aarch64";
    public const string ReadElf = "readelf";
    public const string Nginx = "nginx";
    public const string HaProxy = "haproxy";
    public const string Curl = "curl";

        [Script] = ["script"],
