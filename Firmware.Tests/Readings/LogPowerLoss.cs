using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>
/// A life of a ring that is closed into, sent from and set aside from, with power failing in it; and what must be true afterwards: each
/// reading that was closed waits, was taken by the backend, or is counted.
/// </summary>
internal static class LogPowerLoss
{
    private const int Sectors = 4;

    /// <summary>Runs with power failing at each operation in turn.</summary>
    /// <param name="readings">How many readings a run closes.</param>
    /// <param name="torn">After how many bytes of the operation.</param>
    /// <returns>How many points were tried.</returns>
    public static int Enumerate(int readings, int[] torn)
    {
        var whole = new Life(new LogBench(Sectors));
        whole.Run(readings);
        int total = whole.Bench.Flash.Operations;
        for (int operation = 1; operation <= total; operation++)
        {
            for (int i = 0; i < torn.Length; i++)
            {
                var life = new Life(new LogBench(Sectors));
                life.Bench.Flash.FailAt = operation;
                life.Bench.Flash.FailAfterBytes = torn[i];
                life.Run(readings);
                life.Check("operation " + operation.ToString() + " after " + torn[i].ToString() + " bytes");
            }
        }

        return total * torn.Length;
    }

    /// <summary>Runs with power failing at an operation, and once more at each of the first operations of the boot behind it.</summary>
    /// <param name="readings">How many readings a run closes.</param>
    /// <param name="torn">After how many bytes of the operation.</param>
    /// <param name="boots">How many operations of the second boot.</param>
    /// <returns>How many pairs were tried.</returns>
    public static int EnumeratePairs(int readings, int torn, int boots)
    {
        var whole = new Life(new LogBench(Sectors));
        whole.Run(readings);
        int total = whole.Bench.Flash.Operations;
        for (int operation = 1; operation <= total; operation++)
        {
            for (int second = 1; second <= boots; second++)
            {
                var life = new Life(new LogBench(Sectors));
                life.Bench.Flash.FailAt = operation;
                life.Bench.Flash.FailAfterBytes = torn;
                life.Run(readings);
                life.Bench.Flash.FailAt = life.Bench.Flash.Operations + second;
                life.Bench.Flash.FailAfterBytes = torn;
                life.Boot();
                life.Run(readings);
                life.Bench.Flash.FailAt = 0;
                life.Check("operations " + operation.ToString() + " and " + second.ToString() + " after it, " + torn.ToString() + " bytes");
            }
        }

        return total * boots;
    }

    private sealed class Life(LogBench bench)
    {
        private readonly bool[] _isSent = new bool[256];
        private int _closed;
        private int _begun;
        private int _known;
        private int _told;
        private int _unnoted;
        private bool _isSending;
        private int _unsure;
        private int _again;

        public LogBench Bench { get; } = bench;

        public void Boot()
        {
            _told = 0;
            try
            {
                Bench.Boot();
            }
            catch (PowerLossException)
            {
                // The note of what was found torn may be torn itself.
                Bench.Boot();
            }
        }

        public void Run(int readings)
        {
            try
            {
                for (int i = 1; i <= readings; i++)
                {
                    _begun = _closed + 1;
                    Bench.Close(_begun);
                    _closed = _begun;
                    for (int sends = i % 9 == 0 ? 3 : (i % 4 == 3 ? 1 : 0); sends > 0; sends--)
                    {
                        Send();
                    }

                    if (i % 11 == 10)
                    {
                        Bench.Ring.SetAsideOldest();
                    }
                }
            }
            catch (PowerLossException)
            {
                // What is on flash now is what the next boot finds.
                _unsure += _begun > _closed ? 1 : 0;
                _closed = _begun;
                // The backend has it, and it may wait again, and give way then; what it told may be told again.
                _again += _isSending ? 1 + _unnoted : 0;
                _isSending = false;
            }
        }

        public void Check(string where)
        {
            Bench.Boot();
            CheckOrder(where);
            int lost = 0;
            for (int number = 1; number <= _closed; number++)
            {
                lost += _isSent[number] || Waits(number) ? 0 : 1;
            }

            // Of one that was being written nobody may know: when nothing of it was written yet.
            int counted = _known + Bench.Ring.Dropped;
            Assert.IsTrue(
                counted <= lost + _again && counted >= lost - _unsure,
                where + ": " + lost.ToString() + " are gone, " + counted.ToString() + " are counted");
            Bench.Close(++_closed);
            Bench.Boot();
            Assert.AreEqual(_closed, Bench.Number(Bench.Ring.Count - 1), where);
        }

        private void Send()
        {
            if (Bench.Ring.ReadOldest() == null)
            {
                return;
            }

            int dropped = Bench.Ring.Dropped;
            _isSent[Bench.Number(0)] = true;
            _isSending = true;
            _unnoted = dropped - _told;
            _known += _unnoted;
            _told = dropped;
            Bench.Ring.ConfirmDropped(dropped);
            _unnoted = 0;
            Bench.Ring.RemoveOldest();
            _isSending = false;
        }

        private bool Waits(int number)
        {
            for (int i = 0; i < Bench.Ring.Count; i++)
            {
                if (Bench.Number(i) == number)
                {
                    return true;
                }
            }

            return false;
        }

        private void CheckOrder(string where)
        {
            int before = 0;
            for (int i = 0; i < Bench.Ring.Count; i++)
            {
                int number = Bench.Number(i);
                Assert.IsTrue(number > before, where + ": " + number.ToString() + " behind " + before.ToString());
                before = number;
            }
        }
    }
}
