using System.Security.Cryptography;

using Firmware = JamBox.Ota.Patch;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Runs the firmware's applier on memory, in steps of some size, and minds its promises to its ports.</summary>
internal sealed class FirmwareApplier
{
    private readonly Firmware.PatchApplier _applier = new();

    /// <summary>Applies a patch.</summary>
    /// <returns>How it ended, in the server's words, and what was written.</returns>
    public (string Result, byte[] Image) Apply(byte[] from, byte[] patch, int maxSize, int step)
    {
        var sink = new Sink();
        Firmware.PatchResult result = _applier.Begin(new Source(patch), new Source(from), SHA256.HashData(from), sink, maxSize);
        for (int left = (32 * maxSize) + 100; result == Firmware.PatchResult.Busy; left--)
        {
            Assert.True(left > 0, "the applier must come to an end");
            result = _applier.Step(step);
        }

        Assert.Equal(result, _applier.Step(1));
        Assert.True(sink.Image.Length <= maxSize, "nothing is written past the slot");
        return (result == Firmware.PatchResult.Done ? "None" : result.ToString(), sink.Image);
    }

    private sealed class Source(byte[] bytes) : Firmware.IByteSource
    {
        public int Length => bytes.Length;

        public bool Read(int position, byte[] buffer, int offset, int count)
        {
            Assert.InRange(position, 0, bytes.Length);
            Assert.InRange(count, 0, bytes.Length - position);
            Array.Copy(bytes, position, buffer, offset, count);
            return true;
        }
    }

    private sealed class Sink : Firmware.IByteSink
    {
        private readonly MemoryStream _image = new();

        public byte[] Image => _image.ToArray();

        public bool Write(byte[] buffer, int count)
        {
            Assert.True(_image.Length % Firmware.PatchApplier.OutputSize == 0, "only the last write is shorter");
            Assert.InRange(count, 1, Firmware.PatchApplier.OutputSize);
            _image.Write(buffer, 0, count);
            return true;
        }
    }
}
