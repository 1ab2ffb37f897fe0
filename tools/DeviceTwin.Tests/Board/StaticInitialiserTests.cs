using System.Globalization;
using System.Reflection;
using JamBox.Text;

namespace JamBox.Twin.Tests.Board;

/// <summary>
/// No static initialiser of the firmware needs what is initialised elsewhere: in some load order it would see <c>null</c>.
/// </summary>
public sealed class StaticInitialiserTests
{
    private static readonly Assembly s_shared = typeof(Ascii).Assembly;
    private static readonly Assembly s_app = typeof(App.Box).Assembly;
    private static readonly Assembly s_board = typeof(Atoms3.Program).Assembly;

    [Fact]
    public void The_firmware_initialises_itself_in_any_load_order()
    {
        // Firmware.Provisioning is in the second one, compiled beside Firmware.Atoms3.
        IReadOnlyList<string> findings = StaticInitialiserScan.Findings(
            [.. s_shared.GetTypes(), .. s_app.GetTypes(), .. s_board.GetTypes()], s_shared, s_app, s_board);
        Assert.True(findings.Count == 0, $"{findings.Count} findings:\n" + string.Join('\n', findings));
    }

    [Fact]
    public void There_are_initialisers_to_look_at()
    {
        Assert.Contains(s_shared.GetTypes(), type => type.TypeInitializer != null);
    }

    [Theory]
    [InlineData(typeof(UsesEmptyString), "uses System.String.Empty, a static of ")]
    [InlineData(typeof(UsesEncoding), "calls System.Text.Encoding.get_UTF8 of ")]
    [InlineData(typeof(UsesItInAMethod), ".Helper.Length: uses System.String.Empty, a static of ")]
    [InlineData(typeof(UsesItInAConstructor), ".Helper..ctor: uses System.String.Empty, a static of ")]
    [InlineData(typeof(UsesItInAnOverride), "Louder.Volume: uses System.String.Empty")]
    [InlineData(typeof(UsesAnotherClass), "UsesNothing.Values, which may be initialised later")]
    [InlineData(typeof(UsesAnotherAssembly), "a static of Firmware.Shared")]
    public void What_would_see_null_is_found(Type sample, string finding)
    {
        IReadOnlyList<string> found = StaticInitialiserScan.Findings([sample], typeof(StaticInitialiserTests).Assembly, s_shared);
        Assert.Contains(found, line => line.Contains(finding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(UsesNothing))]
    [InlineData(typeof(UsesItsOwn))]
    [InlineData(typeof(UsesConstantsOfOthers))]
    public void What_is_safe_is_not_found(Type sample)
    {
        Assert.NotNull(sample.TypeInitializer);
        Assert.Empty(StaticInitialiserScan.Findings([sample], typeof(StaticInitialiserTests).Assembly, s_shared));
    }

    internal static class UsesEmptyString
    {
        internal static readonly string Text = string.Empty;
    }

    internal static class UsesEncoding
    {
        internal static readonly object Encoding = System.Text.Encoding.UTF8;
    }

    internal static class UsesItInAMethod
    {
        internal static readonly int Length = Helper.Length();
    }

    internal static class UsesItInAConstructor
    {
        internal static readonly Helper Instance = new();
    }

    internal static class UsesItInAnOverride
    {
        internal static readonly int Volume = new Louder().Heard();
    }

    internal static class UsesAnotherClass
    {
        internal static readonly int First = UsesNothing.Values[0];
    }

    internal static class UsesAnotherAssembly
    {
        internal static readonly uint Sum = JamBox.Storage.Crc32.Compute(new byte[4], 0, 4);
    }

    internal static class UsesNothing
    {
        internal static readonly int[] Values = [1, 2, 3, 5, 8, 13, 21, 34];
    }

    internal static class UsesItsOwn
    {
        internal static readonly byte[] Bytes = new byte[8];
        internal static readonly int Length = Bytes.Length + Twice(Bytes.Length);

        private static int Twice(int number) => 2 * number;
    }

    internal static class UsesConstantsOfOthers
    {
        internal static readonly int[] Numbers = [int.MaxValue, (int)NumberStyles.Float, JamBox.Ports.RadioRecord.Size];
    }

    internal sealed class Helper
    {
        private readonly string _text = string.Empty;

        internal static int Length() => string.Empty.Length;

        public override string ToString() => _text;
    }

    internal class Quiet
    {
        internal int Heard() => Volume();

        protected virtual int Volume() => 1;
    }

    internal sealed class Louder : Quiet
    {
        protected override int Volume() => string.Empty.Length;
    }
}
