//! The rules of SE section 2, told with LAB-1.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod links;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod tree;
