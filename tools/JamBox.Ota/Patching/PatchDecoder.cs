namespace JamBox.Ota.Patching;

/// <summary>Decompresses a patch's stream, byte by byte.</summary>
internal abstract class PatchDecoder
{
    /// <summary>What <see cref="Read"/> gives when there is no byte; <see cref="Error"/> says why.</summary>
    public const int None = -1;

    /// <summary>Gets why there was no byte.</summary>
    public PatchError Error { get; protected set; }

    /// <summary>The next byte, or <see cref="None"/>.</summary>
    public abstract int Read();

    /// <summary>Checks that the stream ends here, as its encoder would have ended it.</summary>
    public abstract PatchError Finish();

    /// <summary>Notes what is wrong; what was wrong first counts.</summary>
    protected int Fail(PatchError error)
    {
        Error = Error == PatchError.None ? error : Error;
        return None;
    }
}
