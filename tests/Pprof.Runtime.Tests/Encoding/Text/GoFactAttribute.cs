using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Text;

/// <summary>A test that compares with Go, where it is installed.</summary>
internal sealed class GoFactAttribute : FactAttribute
{
    public GoFactAttribute()
    {
        if (!GoProgram.IsInstalled)
        {
            Skip = "needs Go";
        }
    }
}
