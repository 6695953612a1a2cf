# What every test file does first, dot-sourced in its BeforeAll: imports the module from the checkout, and gives it a home of its own.
Set-StrictMode -Version 3
. (Join-Path $PSScriptRoot 'RunningHost.ps1')
$ProgressPreference = 'SilentlyContinue'
$ModuleRoot = Split-Path (Split-Path $PSScriptRoot)
$Manifest = Join-Path $ModuleRoot 'BackupPS.psd1'
Import-Module -Name $Manifest -Force

# A folder and a drive of its own. Pester's TestDrive takes files away after each Describe, and a repository that loses files is a damaged one.
$TestRoot = (New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "backupps-$([guid]::NewGuid().ToString('N'))")).FullName
$null = New-PSDrive -Name TestRoot -PSProvider FileSystem -Root $TestRoot -Scope Global
$env:BACKUPPS_HOME = Join-Path $TestRoot 'home'
$env:BACKUPPS_PASSWORD_FILE = $null

# What every test file does last.
function Clear-TestRoot {
    Remove-PSDrive -Name TestRoot -Scope Global -Force
    $env:BACKUPPS_HOME = $null
    # PowerShell cannot remove names that .NET cannot carry.
    if ($IsWindows) { Remove-Item -LiteralPath $TestRoot -Recurse -Force } else { & rm -rf $TestRoot }
}

# Skips the test that calls it, where a program of the system is not installed. ../tools.txt names them all.
function Skip-WithoutTool {
    param([string] $Name)
    if (-not (Get-Command -Name $Name -CommandType Application -ErrorAction Ignore)) { Set-ItResult -Skipped -Because "$Name is not installed" }
}

# The same where Start-Job does not work.
function Skip-WithoutJob {
    if (-not (Test-JobHost)) { Set-ItResult -Skipped -Because "Start-Job does not work: the pwsh in $PSHOME does not run on this machine" }
}

# A passphrase as New-BackupRepository takes it.
function Get-TestPassword {
    param([string] $Text = 'correct horse')
    [System.Net.NetworkCredential]::new('', $Text).SecurePassword
}

# A file that only its owner can read.
function Add-PrivateFile {
    param([string] $Path, [byte[]] $Bytes)
    [IO.File]::WriteAllBytes($Path, $Bytes)
    if (-not $IsWindows) { [IO.File]::SetUnixFileMode($Path, 'UserRead, UserWrite') }
    $Path
}

# A key file: unlocking with it takes no time, with a passphrase half a second.
function Get-TestKeyFile {
    param([string] $Name = 'test.key')
    $path = Join-Path $TestRoot $Name
    if (-not (Test-Path -LiteralPath $path)) { $null = Add-PrivateFile -Path $path -Bytes ([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(32)) }
    $path
}

# A repository named by its argument, unlocked.
function Initialize-TestRepository {
    param([string] $Name = 'vault')
    New-BackupRepository -Name $Name -Path (Join-Path $TestRoot "repositories/$Name") -KeyFile (Get-TestKeyFile)
}

# A small tree with names that scripts trip over. 6 files, 3 folders.
function Initialize-TestTree {
    param([string] $Path)
    foreach ($folder in '', 'sub', 'sub/deep') { $null = New-Item -ItemType Directory -Path (Join-Path $Path $folder) -Force }
    $content = [ordered]@{ 'plain.txt' = 'plain'; 'with space.txt' = 'space'; 'a[1].txt' = 'brackets'; 'sub/one.cs' = 'class One;'; 'sub/deep/two.cs' = 'class Two;'; 'sub/left.tmp' = 'temporary' }
    foreach ($name in $content.Keys) { [IO.File]::WriteAllText((Join-Path $Path $name), $content[$name]) }
    $Path
}

# Bytes that no codec shrinks and no other file shares.
function Add-RandomFile {
    param([string] $Path, [long] $Length, [int] $Seed = 1)
    $random = [Random]::new($Seed)
    $buffer = [byte[]]::new(4MB)
    $stream = [IO.File]::Create($Path)
    try {
        for ($left = $Length; $left -gt 0; $left -= $buffer.Length) {
            $random.NextBytes($buffer)
            $stream.Write($buffer, 0, [Math]::Min($left, $buffer.Length))
        }
    }
    finally { $stream.Dispose() }
}

# Path and hash of every file below a folder: what must not change under -WhatIf. SQLite's -shm file is an index in shared memory, not content.
function Get-FolderState {
    param([string[]] $Path)
    foreach ($folder in $Path | Where-Object { Test-Path -LiteralPath $_ }) {
        foreach ($item in Get-ChildItem -LiteralPath $folder -Recurse -Force | Where-Object Name -NotLike '*-shm' | Sort-Object FullName) {
            if ($item.PSIsContainer) { "$($item.FullName)/" } else { "$($item.FullName) $((Get-FileHash -LiteralPath $item.FullName).Hash)" }
        }
    }
}

# Runs a script in a fresh process, with a home of its own where one is named; by default it imports the module first.
function Invoke-FreshProcess {
    param([string] $Script, [hashtable] $Environment = @{}, [switch] $Unprivileged, [switch] $NoImport)
    $file = Join-Path $TestRoot "fresh-$([guid]::NewGuid().ToString('N')).ps1"
    $import = if ($NoImport) { '' } else { "Import-Module -Name '$Manifest'" }
    Set-Content -LiteralPath $file -Value "`$ErrorView = 'NormalView'", $import, $Script
    $running = Get-RunningHost
    $start = [System.Diagnostics.ProcessStartInfo]::new($running.Program)
    $arguments = $running.Leading + '-NoProfile', '-NonInteractive', '-File', $file
    if ($Unprivileged -and (id -u) -eq '0') {
        # root can read everything; without its capabilities it is stopped by permissions as any other account is. One of the others might not reach
        # this PowerShell or this checkout, which may lie in root's home.
        $start.FileName = 'setpriv'
        $arguments = @('--bounding-set=-all', '--inh-caps=-all', '--clear-groups', $running.Program) + $arguments
    }
    foreach ($argument in $arguments) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $start.Environment['NO_COLOR'] = '1'
    foreach ($variable in $Environment.Keys) { $start.Environment[$variable] = $Environment[$variable] }
    $process = [System.Diagnostics.Process]::Start($start)
    $errorText = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output; ErrorText = $errorText.Result }
}

# A runspace with the module, for what needs a pipeline of its own: stopping it, or reading its progress.
function Get-TestPipeline {
    param([string] $Script)
    $state = [initialsessionstate]::CreateDefault2()
    $state.ImportPSModule($Manifest)
    $runspace = [runspacefactory]::CreateRunspace($state)
    $runspace.Open()
    $pipeline = [powershell]::Create($runspace)
    $pipeline.AddScript($Script)
}

# A folder that anybody may write to, with a tree in it, and what an unprivileged process needs to work there.
function Initialize-UnprivilegedStage {
    if ((id -u) -eq '0') { Skip-WithoutTool -Name setpriv }
    $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot "stage-$([guid]::NewGuid().ToString('N'))")).FullName
    & chmod 777 $folder
    [pscustomobject]@{
        Folder = $folder
        Tree = Initialize-TestTree -Path (Join-Path $folder 'tree')
        Environment = @{ HOME = $folder; BACKUPPS_HOME = (Join-Path $folder 'home') }
    }
}
