namespace JamBox.Twin.Tests.Radio;

/// <summary>A theory over the real captures, skipped where they are not.</summary>
public sealed class CaptureTheoryAttribute : TheoryAttribute
{
    public CaptureTheoryAttribute()
    {
        if (SharedCaptures.Folder is null)
        {
            Skip = "No shared/captures beside the repository.";
        }
    }
}
