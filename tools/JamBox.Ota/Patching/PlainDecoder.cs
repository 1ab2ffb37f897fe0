namespace JamBox.Ota.Patching;

/// <summary>What is not compressed: the container's own header.</summary>
internal sealed class PlainDecoder(byte[] input, int start) : PatchDecoder
{
    /// <summary>Gets the index of the next byte.</summary>
    public int Position { get; private set; } = start;

    /// <inheritdoc/>
    public override int Read() => Position < input.Length ? input[Position++] : Fail(PatchError.Truncated);

    /// <inheritdoc/>
    public override PatchError Finish() => Position == input.Length ? PatchError.None : PatchError.TrailingData;
}
