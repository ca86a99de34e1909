using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>How a profile is sent as a message. Equal ones are the same for whoever asks.</summary>
/// <param name="Budget">How large it may become.</param>
/// <param name="LeavesNative">Whether frames of native libraries that have no name here stay without one.</param>
internal readonly record struct MessageForm(ProfileBudget Budget, bool LeavesNative);
