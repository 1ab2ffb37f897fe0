namespace JamBox.Twin.Tests.Radio;

/// <summary>A test on the real captures: skipped, and seen to be, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaptureFactAttribute : FactAttribute
{
    public CaptureFactAttribute()
    {
        if (SharedCaptures.Folder is null)
        {
            Skip = "No shared/captures beside the repository.";
        }
    }
}
