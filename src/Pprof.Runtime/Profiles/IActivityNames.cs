namespace Pprof.Profiles;

/// <summary>Who knows what activities are about.</summary>
internal interface IActivityNames
{
    /// <summary>The name of the activity that is about something, as far as it is known by now.</summary>
    string NameOf(object about);
}
