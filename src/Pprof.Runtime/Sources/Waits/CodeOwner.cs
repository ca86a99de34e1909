namespace Pprof.Sources.Waits;

/// <summary>Whose code a frame is.</summary>
internal enum CodeOwner
{
    /// <summary>The core library's, or nobody's: who called it says for whom it waits.</summary>
    Runtime,

    /// <summary>This package's, where it does something of its own.</summary>
    Package,

    /// <summary>This package's, where everything that is called is for its sake.</summary>
    PackageWatch,

    /// <summary>The application's or a library's, or what the application calls of this package.</summary>
    Application,
}
