namespace Pprof;

/// <summary>Who may reach the endpoints.</summary>
public enum PprofAccess
{
    /// <summary>
    /// Only requests that come from this machine, name it in their Host header, and were neither forwarded by a proxy nor
    /// sent by a page of another site; on Linux, only those of a person's account.
    /// Everyone else gets status 403.
    /// </summary>
    Loopback,

    /// <summary>
    /// Everyone who can reach the port: from <see cref="PprofOptions.AllowedNetworks"/> and with the
    /// <see cref="PprofOptions.Secret"/>, where these are set.
    /// </summary>
    Anyone,

    /// <summary>Requests that satisfy the authorization policy named by <c>AuthorizationPolicy</c>.</summary>
    Policy,
}
