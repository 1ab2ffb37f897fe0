namespace JamBox.Twin.Storage;

/// <summary>Looks at bytes that leave the box's RAM.</summary>
/// <param name="bytes">The bytes.</param>
internal delegate void LeakProbe(ReadOnlySpan<byte> bytes);
