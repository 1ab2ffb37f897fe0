namespace JamBox.Ota;

/// <summary>Bytes that can be read from any place: a patch in flash, the base image.</summary>
public interface IByteSource
{
    /// <summary>Gets how many bytes there are.</summary>
    int Length { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="position">First byte, from 0; with <paramref name="count"/> never past <see cref="Length"/>.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns><c>false</c> when the medium refused.</returns>
    bool Read(int position, byte[] buffer, int offset, int count);
}
