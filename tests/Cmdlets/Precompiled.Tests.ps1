# The package with its assemblies precompiled for the platform that the tests run on, as build.ps1 -Task Pack makes it.

BeforeDiscovery {
    # The platforms that Pack knows; on any other the package is compiled as it runs.
    $known = 'linux-x64', 'linux-arm64', 'linux-musl-x64', 'win-x64', 'osx-x64', 'osx-arm64'
    $platform = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
}

Describe 'The precompiled package on <_>' -ForEach ($platform | Where-Object { $_ -in $known }) {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'TestSetup.ps1')
        $platform = $_
        $packed = Invoke-FreshProcess -NoImport -Script "& '$ModuleRoot/build.ps1' -Task Pack -Platform $platform -OutputPath '$TestRoot/packed'"
        $package = Join-Path $TestRoot 'packed/BackupPS'
        $precompiled = Join-Path $package "module/lib/deps/r2r/$platform"
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
        # Backs up, verifies and restores in a process of its own; says where its assemblies came from, and how many methods it had to compile.
        $work = @"
`$ErrorActionPreference = 'Stop'
Import-Module -Name '$package/BackupPS.psd1'
`$null = New-BackupRepository -Name vault -Path "`$env:BACKUPPS_HOME/vault" -KeyFile '$(Get-TestKeyFile)'
`$result = Invoke-Backup -LiteralPath '$tree' -Repository vault
`$result.Status
(`$result | Test-BackupIntegrity -Level Data).Status
(`$result | Restore-Backup -Destination "`$env:BACKUPPS_HOME/restored" -Verify).FilesRestored
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object Location | Where-Object { `$_.Location.StartsWith('$package') } | ForEach-Object { "at `$(`$_.Location)" } | Sort-Object
"compiled `$([Runtime.JitInfo]::GetCompiledMethodCount())"
"@
        function Invoke-Work {
            param([hashtable] $Environment = @{})
            $stage = (New-Item -ItemType Directory -Path (Join-Path $TestRoot ([guid]::NewGuid().ToString('N')))).FullName
            $fresh = Invoke-FreshProcess -NoImport -Environment (@{ BACKUPPS_HOME = $stage } + $Environment) -Script $work
            $lines = $fresh.Output -split '\r?\n' | Where-Object { $_ }
            [pscustomobject]@{
                ErrorText = $fresh.ErrorText
                Outcome = $lines -notmatch '^(at|compiled) '
                Location = $lines -match '^at ' -replace '^at '
                Compiled = [int]"$($lines -match '^compiled ' -replace '^compiled ')"
            }
        }
    }

    AfterAll { Clear-TestRoot }

    It 'has every managed assembly of the module, and these with native code' {
        $packed.ErrorText | Should -BeNullOrEmpty
        $packed.ExitCode | Should -Be 0
        $assemblies = Get-ChildItem -LiteralPath (Join-Path $package 'module/lib'), (Join-Path $package 'module/lib/deps') -Filter '*.dll' -File
        (Get-ChildItem -LiteralPath $precompiled).Name | Sort-Object | Should -Be ($assemblies.Name | Sort-Object)
        foreach ($assembly in $assemblies) {
            $stream = [IO.File]::OpenRead((Join-Path $precompiled $assembly.Name))
            $reader = [Reflection.PortableExecutable.PEReader]::new($stream)
            try {
                # The header of precompiled code, and the same assembly as the one beside it to everybody who refers to it.
                $reader.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size | Should -BeGreaterThan 0 -Because $assembly.Name
            }
            finally { $reader.Dispose() }
            [Reflection.AssemblyName]::GetAssemblyName((Join-Path $precompiled $assembly.Name)).FullName | Should -Be ([Reflection.AssemblyName]::GetAssemblyName($assembly.FullName).FullName)
        }
    }

    It 'runs from there, and compiles far less than where nothing is precompiled' {
        $fast = Invoke-Work
        $fast.ErrorText | Should -BeNullOrEmpty
        $fast.Outcome | Should -Be 'Complete', 'Passed', '6'
        foreach ($location in $fast.Location) { Split-Path $location | Should -Be $precompiled }
        $fast.Location | Split-Path -Leaf | Should -Contain 'Microsoft.Data.Sqlite.dll'

        # The same files, their native code ignored, as the runtime does where it does not fit.
        $slow = Invoke-Work -Environment @{ DOTNET_ReadyToRun = '0' }
        $slow.ErrorText | Should -BeNullOrEmpty
        $slow.Outcome | Should -Be 'Complete', 'Passed', '6'
        $slow.Location | Should -Be $fast.Location
        $slow.Compiled | Should -BeGreaterThan $fast.Compiled
    }

    It 'runs without them, where the package has nothing for the platform' {
        $with = Invoke-Work
        Rename-Item -LiteralPath $precompiled -NewName 'other-x64'
        try {
            $without = Invoke-Work
            $without.ErrorText | Should -BeNullOrEmpty
            $without.Outcome | Should -Be 'Complete', 'Passed', '6'
            foreach ($location in $without.Location) { Split-Path $location | Should -BeIn (Join-Path $package 'module/lib'), (Join-Path $package 'module/lib/deps') }
            # Of the thousands of methods of a backup, a verification and a restore, those of the framework are precompiled in any case.
            $without.Compiled - $with.Compiled | Should -BeGreaterThan 1000
        }
        finally { Rename-Item -LiteralPath (Join-Path (Split-Path $precompiled) 'other-x64') -NewName $platform }
    }

    It 'takes the <expected> assemblies under a .NET that calls the platform <name>' -Skip:(-not $IsLinux) -ForEach @(
        @{ name = 'ubuntu.26.04'; expected = $(if ($platform -like 'linux-musl-*') { 'other' } else { 'precompiled' }) }
        @{ name = 'alpine.3.22'; expected = $(if ($platform -like 'linux-musl-*') { 'precompiled' } else { 'other' }) }
    ) {
        $asked = "$name-$($platform -replace '.*-')"
        $fresh = Invoke-FreshProcess -NoImport -Environment @{ DOTNET_RUNTIME_ID = $asked } -Script @"
[System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier
Import-Module -Name '$package/BackupPS.psd1'
(Get-Command -Name Invoke-Backup).ImplementingType.Assembly.Location
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.Output.Trim() -split '\r?\n' | Should -Be $asked, (Join-Path $(if ($expected -eq 'precompiled') { $precompiled } else { Join-Path $package 'module/lib' }) 'BackupPS.dll')
    }

    It 'keeps engine and dependencies out of the default context, as the checkout does' {
        $stage = (New-Item -ItemType Directory -Path (Join-Path $TestRoot ([guid]::NewGuid().ToString('N')))).FullName
        $fresh = Invoke-FreshProcess -NoImport -Environment @{ BACKUPPS_HOME = $stage } -Script @"
Import-Module -Name '$package/BackupPS.psd1'
Import-Module -Name '$package/BackupPS.psd1' -Force
`$null = New-BackupRepository -Name vault -Path '$stage/vault' -KeyFile '$(Get-TestKeyFile)'
foreach (`$assembly in [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -match '^(BackupPS|Microsoft\.Data\.Sqlite|SQLitePCLRaw)' } | Sort-Object FullName) {
    "`$(`$assembly.GetName().Name)=`$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$assembly).Name)"
}
Get-Module | Where-Object Name -Like '*BackupPS*' | ForEach-Object Name
Remove-Module -Name BackupPS
@(Get-Command -Name Invoke-Backup -ListImported -ErrorAction Ignore).Count
"@
        $fresh.ErrorText | Should -BeNullOrEmpty
        $lines = $fresh.Output -split '\r?\n' | Where-Object { $_ }
        foreach ($name in 'BackupPS', 'BackupPS.Model') { $lines.Where{ $_ -like "$name=*" } | Should -Be "$name=Default" }
        foreach ($name in 'BackupPS.Engine', 'Microsoft.Data.Sqlite', 'SQLitePCLRaw.core') { $lines.Where{ $_ -like "$name=*" } | Should -Be "$name=BackupPS.Engine" }
        $lines[-2, -1] | Should -Be 'BackupPS', '0'
    }
}
