using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Tests of <see cref="SuffixArray"/> against sorting.</summary>
public sealed class SuffixArrayTests
{
    [Fact]
    public void SuffixesAreSorted()
    {
        for (int seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var text = new byte[random.Next(200)];
            int alphabet = 1 + random.Next(random.Next(2) == 0 ? 3 : 256);
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = (byte)(255 - random.Next(alphabet));
            }

            int[] sorted = [.. Enumerable.Range(0, text.Length)];
            Array.Sort(sorted, (a, b) => text.AsSpan(a).SequenceCompareTo(text.AsSpan(b)));
            Assert.True(sorted.AsSpan().SequenceEqual(SuffixArray.Build(text)), $"seed {seed}");
        }
    }

    [Fact]
    public void DeepRecursionsAreSortedToo()
    {
        // Fibonacci words make the most of the recursion.
        string a = "a";
        string b = "ab";
        while (b.Length < 5000)
        {
            (a, b) = (b, b + a);
        }

        byte[] text = System.Text.Encoding.ASCII.GetBytes(b);
        int[] built = SuffixArray.Build(text);
        Assert.Equal(Enumerable.Range(0, text.Length), built.Order());
        for (int i = 1; i < built.Length; i++)
        {
            Assert.True(text.AsSpan(built[i - 1]).SequenceCompareTo(text.AsSpan(built[i])) < 0);
        }
    }
}
